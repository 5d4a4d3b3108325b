// A trainer in this thread of this process: a slot's thread and a slot's child process both end here.
import { HpoError, messageOf } from '../../study/errors.js';
import type { Train } from '../../study/train.js';
import type { Verdict } from '../../study/trial-runner.js';
import type { Outcome, Report } from '../../study/trial.js';
import type { Task, TaskEnd, TrainerMessage, TrainerReply } from '../protocol/messages.js';
import { throttledProgress } from '../protocol/progress.js';
import { lineOf, warningOf } from '../protocol/said.js';
import { type TrialHost, driveTrials } from './drive-trials.js';
import type { LoadedTrainer } from './loaded-trainer.js';
import { attributed } from './stray-errors.js';
import { loadTrainer } from './trainer-module.js';

/** The way to the study: a thread's port, or a process's channel. */
export interface StudyPort {
  postMessage(message: TrainerMessage): void;
}

export class LocalTrainer implements LoadedTrainer, TrialHost {
  private answer: ((verdict: Verdict) => void) | undefined;
  private abort = new AbortController();
  /** The task at hand, and the latest that was given up: that word may come before its task does. */
  private task = 0;
  private aborted = 0;
  private share = 1;

  constructor(
    private readonly trainer: Train,
    private readonly slot: number,
    private readonly study: StudyPort,
  ) {}

  async train({ task, assignments }: Extract<Task, { type: 'train' }>): Promise<undefined> {
    this.task = task;
    this.abort = new AbortController();
    if (this.aborted >= task) this.abort.abort();
    const context = {
      signal: this.abort.signal,
      slot: this.slot,
      log: (said: unknown): void => this.study.postMessage({ type: 'log', line: lineOf(said) }),
      warn: (said: unknown): void => this.study.postMessage({ type: 'log', line: warningOf(said), isWarning: true }),
      progress: throttledProgress((message) => {
        // A timer that an earlier trial left behind is no sign of life of this one.
        if (this.task === task) this.study.postMessage(message);
      }),
      share: (): number => this.share,
    };
    const trials = assignments.map(({ trial }) => trial);
    await attributed({ trials }, () => driveTrials(this.trainer, assignments, context, this));
  }

  /** At any time at most one report waits. */
  report(trial: number, report: Report): Promise<Verdict> {
    return new Promise((resolve) => {
      this.answer = resolve;
      this.study.postMessage({ type: 'report', trial, report });
    });
  }

  ended(trial: number, outcome: Outcome | undefined): void {
    this.study.postMessage({ type: 'ended', trial, outcome });
  }

  take(reply: TrainerReply): void {
    switch (reply.type) {
      case 'verdict':
        return this.answer?.(reply.verdict);
      case 'abort':
        this.aborted = Math.max(this.aborted, reply.task);
        if (reply.task === this.task) this.abort.abort();
        return;
      case 'share':
        this.share = reply.share;
    }
  }
}

/** Loads the trainer; what is wrong with it comes back as data. */
export async function loadHere(
  { trainer, slot }: Pick<Extract<Task, { type: 'load' }>, 'trainer' | 'slot'>,
  study: StudyPort,
): Promise<{ readonly result: TaskEnd; readonly loaded?: LocalTrainer }> {
  try {
    return { result: { type: 'loaded' }, loaded: new LocalTrainer(await loadTrainer(trainer), slot, study) };
  } catch (error) {
    const code = error instanceof HpoError ? error.code : 'ERR_TRAINER_MODULE';
    return { result: { type: 'unusable', code, message: messageOf(error) } };
  }
}
