// A trainer in this thread of this process: a slot's thread and a slot's child process both end here.
import { HpoError, messageOf } from '../../study/errors.js';
import type { Train, TrainContext } from '../../study/train.js';
import type { Assignment, Decision, RunOutcome } from '../../study/trial-runner.js';
import { NO_WORK, addWork } from '../../study/reuse.js';
import type { FrozenWork, Report } from '../../study/trial.js';
import { isWork, show } from '../protocol/check-report.js';
import { driveTogether } from './drive-together.js';
import { driveTrial } from './drive-trial.js';
import type { LoadedTrainer } from './loaded-trainer.js';
import type { Task, TaskResult, TrainerMessage } from '../protocol/messages.js';
import { throttledProgress } from '../protocol/progress.js';
import { loadTrainer } from './trainer-module.js';

type Say = (message: TrainerMessage) => void;

export class LocalTrainer implements LoadedTrainer {
  private answer: ((decision: Decision) => void) | undefined;
  /** Errands up to this one are not wanted any more. */
  private halted = 0;
  private share = 1;

  constructor(
    private readonly trainer: Train,
    private readonly slot: number,
    private readonly say: Say,
  ) {}

  async train(assignment: Assignment, others: readonly Assignment[] = []): Promise<RunOutcome> {
    const context = this.context();
    const exchange = (trial: number, report: Report): Promise<Decision> => this.exchange(trial, report);
    if (others.length === 0) {
      return driveTrial(this.trainer, assignment, context, (report) => exchange(assignment.trial, report));
    }
    const ended = (trial: number, outcome: RunOutcome): void => this.say({ type: 'ended', trial, outcome });
    await driveTogether(this.trainer, [assignment, ...others], context, { exchange, ended });
    return { status: 'finished' };
  }

  async prepare(errand: number, assignments: readonly Assignment[]): Promise<FrozenWork> {
    let sum = NO_WORK;
    if (this.halted >= errand) return sum;
    try {
      const pieces = this.trainer.prepare?.(assignments, this.context()) ?? [];
      for await (const work of pieces) {
        if (!isWork(work)) throw new TypeError(`expected { needed, computed, seconds } of prepare, got ${show(work)}`);
        sum = addWork(sum, { work });
        if (this.halted >= errand) break;
      }
    } catch (error) {
      // Whoever needs it meets the same, and says so.
      this.say({ type: 'log', line: `nothing more is made ahead: ${messageOf(error)}` });
    }
    return sum;
  }

  halt(errand: number): void {
    this.halted = Math.max(this.halted, errand);
  }

  lend(share: number): void {
    this.share = share;
  }

  private context(): TrainContext {
    return {
      signal: new AbortController().signal,
      slot: this.slot,
      log: (line) => this.say({ type: 'log', line }),
      progress: throttledProgress(this.say),
      share: () => this.share,
    };
  }

  decide(decision: Decision): void {
    this.answer?.(decision);
  }

  /** At any time at most one report waits. */
  private exchange(trial: number, report: Report): Promise<Decision> {
    return new Promise((resolve) => {
      this.answer = resolve;
      this.say({ type: 'report', trial, report });
    });
  }
}

/** Loads the trainer; what is wrong with it comes back as data. */
export async function loadHere(
  { trainer, slot }: Pick<Extract<Task, { type: 'load' }>, 'trainer' | 'slot'>,
  say: Say,
): Promise<{ readonly result: TaskResult; readonly loaded?: LocalTrainer }> {
  try {
    return { result: { type: 'loaded' }, loaded: new LocalTrainer(await loadTrainer(trainer), slot, say) };
  } catch (error) {
    const code = error instanceof HpoError ? error.code : 'ERR_TRAINER_MODULE';
    return { result: { type: 'unusable', code, message: messageOf(error) } };
  }
}
