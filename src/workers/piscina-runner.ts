// Trains trials in worker threads of this process, one for each slot, or in child processes that those look after.
import type { ResourceLimits } from 'node:worker_threads';
import type { TrialRun, TrialRunner } from '../study/trial-runner.js';
import type { Report } from '../study/trial.js';
import type { ChildOptions } from './child/child-options.js';
import { EpochLimits, type EpochTimeout } from './slot/epoch-limits.js';
import type { Progress } from './protocol/progress.js';
import { SlotThread } from './slot/slot-thread.js';
import type { TrainerReference } from './thread/trainer-module.js';

/** How one slot trains. */
export interface SlotSetup extends ChildOptions {
  readonly kind: 'thread' | 'process';
}

export interface PiscinaRunnerOptions {
  readonly trainer: TrainerReference;
  /** One setup for each slot, or how many threads. */
  readonly slots: number | readonly SlotSetup[];
  /** Told what trainers log and print. */
  readonly onLog?: (slot: number, line: string) => void;
  /** Told what trainers say with `context.warn`. */
  readonly onWarning?: (message: string) => void;
  /** `batchSize`: trials that the slot trains at once. */
  readonly onReport?: (slot: number, report: Report, batchSize: number) => void;
  readonly onProgress?: (slot: number, progress: Progress) => void;
  /** Of each thread; a trial that goes beyond ends as out-of-memory. */
  readonly resourceLimits?: ResourceLimits;
  readonly epochTimeout?: EpochTimeout;
}

/** Enough for a trial that is kept apart. */
const PLAIN: SlotSetup = { kind: 'thread', env: {}, memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0 } };

/**
 * A trial that throws, exits, rejects, hangs or takes all of its memory ends alone; its slot gets a new thread or child. A
 * native crash ends a child alone, but a thread's whole process. Aborting ends the trial at once, whatever it is doing.
 */
export class PiscinaRunner implements TrialRunner {
  readonly slots: number;
  readonly batches = true;

  private constructor(private readonly threads: readonly SlotThread[]) {
    this.slots = threads.length;
  }

  /**
   * Starts every slot and loads the trainer in it, so that a bad module is found before any trial.
   * @throws HpoError ERR_TRAINER_MODULE, or the coded error that the trainer gave.
   */
  static async open({ slots, epochTimeout = 'auto', ...options }: PiscinaRunnerOptions): Promise<PiscinaRunner> {
    const { trainer, resourceLimits, onLog, onWarning, onReport, onProgress } = options;
    const limits = new EpochLimits(epochTimeout);
    const setups = typeof slots === 'number' ? new Array<SlotSetup>(slots).fill(PLAIN) : slots;
    const threads = setups.map(
      ({ kind, ...child }, slot) =>
        new SlotThread(slot, {
          ...{ trainer, kind, child, limits },
          ...(resourceLimits === undefined ? {} : { resourceLimits }),
          onLog: (line) => onLog?.(slot, line),
          onWarning: (message) => onWarning?.(message),
          onReport: (report, batchSize) => onReport?.(slot, report, batchSize),
          onProgress: (progress) => onProgress?.(slot, progress),
        }),
    );
    const runner = new PiscinaRunner(threads);
    const started = await Promise.allSettled(threads.map((thread) => thread.start()));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed === undefined) return runner;
    await runner.close();
    throw failed.reason;
  }

  /** What each slot does right now: whether its trainer works, and in which process of its own, if it has one. */
  state(): readonly { readonly busy: boolean; readonly pid: number | undefined }[] {
    return this.threads.map(({ isBusy, pid }) => ({ busy: isBusy, pid }));
  }

  async run(trials: readonly TrialRun[], slot: number, signal: AbortSignal): Promise<void> {
    const thread = this.threads[slot];
    if (thread === undefined) throw new RangeError(`expected a slot below ${this.slots}, got ${slot}`);
    await thread.run(trials, signal);
  }

  shareCores(share: number): void {
    for (const thread of this.threads) thread.shareCores(share);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.stop()));
  }
}
