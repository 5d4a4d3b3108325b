// One slot: a thread that trains one trial after another, itself or by way of a child process, and is replaced when a trial breaks it.
import type { ResourceLimits } from 'node:worker_threads';
import { HpoError, messageOf } from '../../study/errors.js';
import type { Assignment, Decision, Lane, RunOutcome } from '../../study/trial-runner.js';
import { NO_WORK } from '../../study/reuse.js';
import type { FrozenWork, Report } from '../../study/trial.js';
import type { ChildOptions } from '../child/child-options.js';
import type { EpochLimits } from './epoch-limits.js';
import { failureOf } from '../protocol/failure.js';
import { killGroup } from '../child/kill-group.js';
import type { Progress, Share, ThreadMessage } from '../protocol/messages.js';
import { concluded, outcomeOfResult } from '../protocol/outcome.js';
import { prepareIn } from '../thread/preparation.js';
import { Thread } from '../thread/thread.js';
import type { TrainerReference } from '../thread/trainer-module.js';
import { type ExchangeOptions, TrialExchange } from '../protocol/trial-exchange.js';

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
  readonly onReport: (report: Report, sharers: number) => void;
  readonly onProgress: (progress: Progress) => void;
}

export type OnReport = (report: Report) => Decision | Promise<Decision>;

export class SlotThread {
  private thread: Thread | undefined;
  private exchange: TrialExchange | undefined;
  private childPid: number | undefined;
  private stopping: Promise<void> | undefined;
  private lent: Share = { type: 'share', share: 1, turn: 0 };
  /** Trials that are trained side by side right now. */
  private sharers = 1;
  private onEnded: (trial: number, outcome: RunOutcome) => void = () => {};

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
    return this.exchange?.isTraining === true;
  }

  /**
   * Starts the thread and loads the trainer, unless that is done.
   * @throws HpoError ERR_TRAINER_MODULE, or the coded error that the trainer gave.
   */
  async start(signal?: AbortSignal): Promise<Thread> {
    if (this.thread?.isAlive === true) return this.thread;
    await this.stop();
    const { trainer, kind, child, resourceLimits, onLog } = this.options;
    const thread = new Thread(resourceLimits, { message: (message) => this.heed(message), problem: onLog });
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

  /** Never rejects because of the trial. Rejects where `onReport` does; whatever trained is ended then. */
  train(assignment: Assignment, onReport: OnReport, signal: AbortSignal): Promise<RunOutcome> {
    return this.perform([assignment], (_, report) => onReport(report), signal);
  }

  /** The same for several side by side. What ends them all, such as a crash, is found out by training those that are left one by one. */
  async trainTogether(lanes: readonly Lane[], signal: AbortSignal): Promise<void> {
    const open = new Map(lanes.map((lane) => [lane.assignment.trial, lane]));
    this.sharers = open.size;
    this.onEnded = (trial, outcome) => {
      open.get(trial)?.onEnd(outcome);
      open.delete(trial);
      this.sharers = Math.max(1, open.size);
    };
    const onReport = (trial: number, report: Report): ReturnType<OnReport> =>
      (open.get(trial) as Lane).onReport(report);
    const assignments = lanes.map(({ assignment }) => assignment);
    await this.perform(assignments, onReport, signal);
    this.sharers = 1;
    for (const { assignment, onReport: report, onEnd } of open.values()) {
      onEnd(await this.train(assignment, report, signal));
    }
  }

  /** See TrialRunner.lend. */
  lend(share: number): void {
    this.lent = { type: 'share', share, turn: this.lent.turn + 1 };
    if (this.thread?.isAlive === true) this.thread.tell(this.lent);
  }

  /** See TrialRunner.prepare. */
  async prepare(assignments: readonly Assignment[], signal: AbortSignal): Promise<FrozenWork> {
    if (this.thread?.isAlive !== true || signal.aborted) return NO_WORK;
    return prepareIn(this.thread, assignments, signal, () => {
      this.options.onLog('its thread ended while it made something ahead, and a new one takes its place');
      return this.stop();
    });
  }

  private async perform(
    [assignment, ...others]: readonly Assignment[],
    onReport: ExchangeOptions['onReport'],
    signal: AbortSignal,
  ): Promise<RunOutcome> {
    if (assignment === undefined) return { status: 'finished' };
    const isAborted = (): boolean => signal.aborted;
    if (isAborted()) return { status: 'aborted' };
    let thread: Thread;
    try {
      thread = await this.start(signal);
      if (isAborted()) return { status: 'aborted' };
    } catch (error) {
      if (isAborted()) return { status: 'aborted' };
      const code = error instanceof HpoError ? error.code : 'ERR_TRAINER_MODULE';
      return { status: 'prevented', code, message: messageOf(error) };
    }
    const { kind, child, limits, onLog } = this.options;
    const isApart = kind === 'thread' && assignment.apart === true;
    const hasChild = isApart || kind === 'process';
    const isShared = others.length > 0;
    const exchange = new TrialExchange({ onReport, isShared, limits, thread, hasChild, signal });
    this.exchange = exchange;
    thread.stayFor(true);
    try {
      const task = { type: 'train', assignment, lent: this.lent } as const;
      const more = { ...(isShared ? { others } : {}), ...(isApart ? { child } : {}) };
      const result = await Promise.race([thread.train({ ...task, ...more }), exchange.forced]);
      // It comes another way than the trials' own messages, and may overtake them.
      await Promise.race([exchange.told, exchange.forced]);
      return concluded(outcomeOfResult(result), exchange, onLog);
    } catch (error) {
      await this.stop();
      return concluded(failureOf(error), exchange, onLog);
    } finally {
      exchange.close();
      this.exchange = undefined;
      thread.stayFor(false);
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

  private heed(message: ThreadMessage): void {
    const { onLog, onReport, onProgress } = this.options;
    switch (message.type) {
      case 'log':
        return onLog(message.line);
      case 'report':
        onReport(message.report, this.sharers);
        return this.exchange?.receive(message.trial, message.report);
      case 'ended':
        return this.onEnded(message.trial, message.outcome);
      case 'begun':
        return this.exchange?.begin();
      case 'over':
        return this.exchange?.finish();
      case 'progress':
        this.exchange?.hear();
        return onProgress(message);
      case 'child':
        this.childPid = message.pid;
    }
  }
}
