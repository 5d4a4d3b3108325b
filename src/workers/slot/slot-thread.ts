// One slot: a thread that trains one trial after another, itself or by way of a child process, and is replaced when a trial breaks it.
import type { ResourceLimits } from 'node:worker_threads';
import { HpoError, messageOf } from '../../study/errors.js';
import type { TrialRun } from '../../study/trial-runner.js';
import type { Failure, Report } from '../../study/trial.js';
import type { ChildOptions } from '../child/child-options.js';
import type { EpochLimits } from './epoch-limits.js';
import { failureOf, outsideFailure } from '../protocol/failure.js';
import { killGroup } from '../child/kill-group.js';
import type { Share, TaskEnd, ThreadMessage } from '../protocol/messages.js';
import type { Progress } from '../protocol/progress.js';
import { Thread } from '../thread/thread.js';
import type { TrainerReference } from '../thread/trainer-module.js';
import { SlotTask } from './slot-task.js';
import { TrialInTurns, takeTurns } from './trials-in-turns.js';

export interface SlotOptions {
  readonly trainer: TrainerReference;
  /** Whether trials train in the thread itself or in a child process. */
  readonly kind: 'thread' | 'process';
  /** Of the child process: the slot's own, or one for a trial that is to be kept apart. */
  readonly child: ChildOptions;
  /** Of the thread. */
  readonly resourceLimits?: ResourceLimits;
  readonly limits: EpochLimits;
  readonly onLog: (line: string) => void;
  readonly onWarning: (message: string) => void;
  readonly onReport: (report: Report, batchSize: number) => void;
  readonly onProgress: (progress: Progress) => void;
}

export class SlotThread {
  private thread: Thread | undefined;
  private task: SlotTask | undefined;
  /** Counted. */
  private tasks = 0;
  private childPid: number | undefined;
  private stopping: Promise<void> | undefined;
  private shared: Share = { type: 'share', share: 1, turn: 0 };

  constructor(
    private readonly slot: number,
    private readonly options: SlotOptions,
  ) {}

  /** The child process that trains its trials, while there is one. */
  get pid(): number | undefined {
    return this.childPid;
  }

  /** Whether a trainer works right now: not while it waits for a decision, nor between trials. */
  get isBusy(): boolean {
    return this.task?.isTraining === true;
  }

  /**
   * Starts the thread and loads the trainer, unless that is done.
   * @throws HpoError ERR_TRAINER_MODULE, or the coded error that the trainer gave.
   */
  async start(signal?: AbortSignal): Promise<Thread> {
    if (this.thread?.isAlive === true) return this.thread;
    await this.stop();
    const { trainer, kind, child, resourceLimits, onLog } = this.options;
    const thread = new Thread(resourceLimits, { message: this.handle, problem: onLog });
    this.thread = thread;
    try {
      const result = await thread.load(trainer, this.slot, kind === 'process' ? child : undefined, signal);
      if (result.type === 'unusable') throw new HpoError(result.code, result.message);
      return thread;
    } catch (error) {
      await this.stop();
      if (error instanceof HpoError || signal?.aborted === true) throw error;
      const what = `${trainer.module}: the thread ended while the trainer was loaded: ${messageOf(error)}`;
      throw new HpoError('ERR_TRAINER_MODULE', what, { cause: error });
    }
  }

  /** See TrialRunner.run. */
  async run(runs: readonly TrialRun[], signal: AbortSignal): Promise<void> {
    const trials = runs.map((run) => new TrialInTurns(run));
    const left = await this.attempt(
      trials.map(({ run }) => run),
      signal,
    );
    const isLeft = ({ assignment }: TrialRun): boolean =>
      left.some((other) => other.assignment.trial === assignment.trial);
    await takeTurns(
      trials.filter(({ run }) => isLeft(run)),
      (run) => this.attempt([run], signal),
    );
  }

  /** See TrialRunner.shareCores. */
  shareCores(share: number): void {
    this.shared = { type: 'share', share, turn: this.shared.turn + 1 };
    if (this.thread?.isAlive === true) this.thread.tell(this.shared);
  }

  /** Returns trials that are to be trained in turns, since what ended them all may be the fault of any. */
  private async attempt(runs: readonly TrialRun[], signal: AbortSignal): Promise<readonly TrialRun[]> {
    const [thread, problem] = await this.startFor(signal);
    if (thread === undefined) {
      for (const { onEnd } of runs) onEnd(problem);
      return [];
    }
    const { kind, child, limits, onLog } = this.options;
    const isApart = kind === 'thread' && runs.some(({ assignment }) => assignment.apart === true);
    const hasChild = isApart || kind === 'process';
    const task = new SlotTask({ number: ++this.tasks, runs, limits, thread, hasChild, signal, onLog });
    this.task = task;
    thread.stayFor(true);
    let failure: Failure | undefined;
    try {
      const assignments = runs.map(({ assignment }) => assignment);
      const order = { type: 'train', task: this.tasks, assignments, shared: this.shared } as const;
      const end = await Promise.race([thread.train(isApart ? { ...order, child } : order), task.forced]);
      // It comes another way than the trials' own messages, and may overtake them.
      await Promise.race([task.told, task.forced]);
      failure = failureIn(end);
    } catch (error) {
      await this.stop();
      failure = failureOf(error);
    } finally {
      this.task = undefined;
      thread.stayFor(false);
    }
    return task.settle(failure);
  }

  /** The slot's thread, or why there is none: a failure, or undefined where the signal was aborted. */
  private async startFor(signal: AbortSignal): Promise<readonly [Thread] | readonly [undefined, Failure?]> {
    const isAborted = (): boolean => signal.aborted;
    if (isAborted()) return [undefined];
    try {
      const thread = await this.start(signal);
      return isAborted() ? [undefined] : [thread];
    } catch (error) {
      if (isAborted()) return [undefined];
      const code = error instanceof HpoError ? error.code : 'ERR_TRAINER_MODULE';
      return [undefined, outsideFailure(code, messageOf(error))];
    }
  }

  /** Ends whatever the slot has; resolves when it is gone. */
  stop(): Promise<void> {
    this.stopping ??= this.endThread().finally(() => (this.stopping = undefined));
    return this.stopping;
  }

  private async endThread(): Promise<void> {
    const { thread, childPid } = this;
    this.thread = undefined;
    if (childPid !== undefined) await thread?.close();
    await thread?.stop();
    killGroup(this.childPid); // where the thread could not
    this.childPid = undefined;
  }

  private readonly handle = (message: ThreadMessage): void => {
    const { onLog, onWarning, onReport, onProgress } = this.options;
    switch (message.type) {
      case 'report':
        onReport(message.report, this.task?.size ?? 1);
        return void this.task?.receive(message.trial, message.report);
      case 'ended':
        return this.task?.ended(message.trial, message.outcome);
      case 'log':
        onLog(message.isWarning === true ? `warning: ${message.line}` : message.line);
        return message.isWarning === true ? onWarning(message.line) : undefined;
      case 'begun':
        return this.task?.begin();
      case 'over':
        return this.task?.finish();
      case 'progress':
        this.task?.hear();
        return onProgress(message);
      case 'child':
        this.childPid = message.pid;
    }
  };
}

function failureIn(end: TaskEnd): Failure | undefined {
  if (end.type === 'unusable') return outsideFailure(end.code, end.message);
  return end.type === 'trained' ? end.failure : undefined;
}
