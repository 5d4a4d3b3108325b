// Trains trials in worker threads of this process, one thread for each slot.
import type { ResourceLimits } from 'node:worker_threads';
import type { Assignment, Decision, RunOutcome, TrialRunner } from '../study/trial-runner.js';
import type { Report } from '../study/trial.js';
import { SlotThread } from './slot-thread.js';
import type { TrainerReference } from './trainer-module.js';

export interface PiscinaRunnerOptions {
  readonly trainer: TrainerReference;
  readonly slots: number;
  /** Told what trainers log and print. */
  readonly onLog?: (slot: number, line: string) => void;
  /** Of each thread; a trial that goes beyond ends as out-of-memory. */
  readonly resourceLimits?: ResourceLimits;
}

/**
 * A trial that throws, exits, rejects or takes all of its thread's memory ends alone; its slot gets a new thread. A native crash
 * ends the process. Aborting ends the thread at once, whatever it is doing.
 */
export class PiscinaRunner implements TrialRunner {
  readonly slots: number;

  private constructor(private readonly threads: readonly SlotThread[]) {
    this.slots = threads.length;
  }

  /**
   * Starts every thread and loads the trainer in it, so that a bad module is found before any trial.
   * @throws HpoError ERR_TRAINER_MODULE, or the coded error that the trainer gave.
   */
  static async open({ slots, onLog = () => {}, ...rest }: PiscinaRunnerOptions): Promise<PiscinaRunner> {
    const threads = Array.from({ length: slots }, (_, slot) => new SlotThread(slot, { ...rest, onLog }));
    const runner = new PiscinaRunner(threads);
    const started = await Promise.allSettled(threads.map((thread) => thread.start()));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed === undefined) return runner;
    await runner.close();
    throw failed.reason;
  }

  async run(
    assignment: Assignment,
    slot: number,
    onReport: (report: Report) => Decision | Promise<Decision>,
    signal: AbortSignal,
  ): Promise<RunOutcome> {
    const thread = this.threads[slot];
    if (thread === undefined) throw new RangeError(`expected a slot below ${this.slots}, got ${slot}`);
    return thread.train(assignment, onReport, signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.stop()));
  }
}
