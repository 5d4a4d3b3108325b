// The contract of a trainer, the built-in one and a user's own module alike.
import type { Assignment } from './trial-runner.js';
import type { Report } from './trial.js';

/** What a trainer may use besides its assignment. */
export interface TrainContext {
  /**
   * Fires when the trial is given up: a person pruned it, the study was interrupted, or its epoch took too long. A trainer that ends then
   * spares the study the rest of the epoch. One that does not is ended with its thread or process, or, if pruned, after its next report.
   * Trials that are trained together share one signal, which fires when all of them are given up.
   */
  readonly signal: AbortSignal;
  /** This worker's slot. */
  readonly slot: number;
  /** A line for the study's log. */
  log(message: string): void;
  /** Something that a person should know of, such as work that is repeated: a warning of the study. Missing outside of a study. */
  warn?(message: string): void;
  /**
   * Tells how far the current epoch is; costs next to nothing, so call it after every batch. Shown live, and a sign that a long
   * epoch does not hang.
   * @param share of the epoch, in [0, 1]. @param images that went through the network since the last call.
   */
  progress(share: number, images?: number): void;
  /**
   * How many slots' share of the processor the trial may take: 1, or more while other slots have nothing to train. It changes at any
   * time; a trainer that cannot make use of it need not look.
   */
  share(): number;
}

/** What a trainer may return at the end of a trial. */
export interface TrainEnd {
  /** Why it ended before its last epoch, in words. */
  readonly reason?: string;
}

/**
 * Trains one trial, yielding after every epoch. To prune or pause it the caller stops pulling and calls `return()`, so
 * `finally` must free everything. A trainer that ends early by itself returns the reason. A trainer that keeps checkpoints in `assignment.directory` continues from them and
 * yields what follows; one that keeps none starts over. Throw an error with `code: 'ERR_DIVERGED'` for a loss that
 * is not finite.
 */
export interface Train {
  (assignment: Assignment, context: TrainContext): AsyncGenerator<Report, TrainEnd | void, void>;
  /**
   * For a trainer that is faster at several trials at once than at one after the other: a generator for each, with the same
   * reports. All are asked for their next one before any is waited for.
   */
  together?(
    assignments: readonly Assignment[],
    context: TrainContext,
  ): readonly AsyncGenerator<Report, TrainEnd | void, void>[];
}
