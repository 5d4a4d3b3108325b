// The contract between the controller, which decides, and whatever trains: threads, child processes, this process, workers on other machines.
import type { Claim } from '../system/claim.js';
import type { MachineKind } from './machine-kind.js';
import type { Parameters } from './parameters.js';
import type { Outcome, Report, TrialSource } from './trial.js';

/** A fold to train: its part of the images is for validation, all other parts are for training. */
export interface AssignedFold {
  /** Counted from 0 over all repeats. */
  readonly index: number;
  /** Parts that the images are divided into. */
  readonly folds: number;
  /** Which division of the images, counted from 0. */
  readonly repeat: number;
  /** Which part of it is for validation, counted from 0. */
  readonly part: number;
}

/** One trial to train. Plain data: it crosses threads and processes. */
export interface Assignment {
  readonly trial: number;
  readonly parameters: Parameters;
  /** Why a study trains it; missing outside of a study. A trainer may train a baseline in another way. */
  readonly source?: TrialSource;
  /** Where the study has folds: which of them is to be trained. */
  readonly fold?: AssignedFold;
  /** The study's seed; a trainer draws everything random from (seed, trial, purpose, epoch). */
  readonly seed: number;
  /**
   * A folder for this trial's checkpoints, made when the trainer first reads this field. It survives interruptions and is
   * removed when no longer needed.
   */
  readonly directory: string;
  /**
   * An earlier process died with this trial in it. A runner of threads trains it, and its batch, in a process of their own, which cannot
   * take the study with it.
   */
  readonly apart?: true;
  /** Missing where no other machine sees the folder. Files of an attempt that has lost its claim belong to no one, so they are not written. */
  readonly claim?: Claim;
  /** Epochs that the study already knows; a resumed trainer may repeat them, with the same numbers. */
  readonly reported: number;
}

/** What a trainer is told after a report. `stop` is for good; after `pause` the checkpoint stays and the trial goes on later, here or in another slot. */
export type Verdict = 'continue' | 'stop' | 'pause';

/** A trial in a slot: its assignment, and whom the runner tells of it. */
export interface TrialRun {
  readonly assignment: Assignment;
  /** Fires when the trial is given up, and `context.signal` with it: a trainer that listens ends before its next report. */
  readonly signal: AbortSignal;
  /** The kind of machine that has trained it so far; a runner of several machines prefers it. Missing where nobody has, or that is not known. */
  readonly trainedOn?: MachineKind;
  /** Called before the first report where the trial is not on this machine. */
  readonly onPlaced?: (machine: MachineKind) => void;
  readonly onReport: (report: Report) => Verdict | Promise<Verdict>;
  /** Called once, when the slot no longer has the trial. Without an outcome, the study ended it: by a verdict or a signal. */
  readonly onEnd: (outcome: Outcome | undefined) => void;
}

export interface TrialRunner {
  /** Trials that can run at once; slots are numbered 0 … slots − 1. */
  readonly slots: number;
  /**
   * Calls `listener` whenever `slots` has changed; missing where it never does. A slot that is gone keeps its trial until it ends.
   * Returns the way to stop.
   */
  watchSlots?(listener: () => void): () => void;
  /** Whether a slot takes several trials at once. */
  readonly batches?: boolean;
  /**
   * Trains trials in a slot that is idle, one or, where `batches` says so, several at once. Waits for each verdict before the trial's next
   * epoch. Each trial ends on its own, and none because of another; whatever goes wrong in it is its outcome. Reports and ends of
   * several come one at a time, in the same order at every run: the trials with the fewest epochs first, of those in the order given.
   * Resolves when every `onEnd` has been called. Rejects where an `onReport` does.
   * @param signal ends everything at once.
   */
  run(trials: readonly TrialRun[], slot: number, signal: AbortSignal): Promise<void>;
  /**
   * Tells those who train how many slots' share of the processor each may take from now on, since the other slots have nothing to train.
   * Missing where nobody could make use of it.
   */
  shareCores?(share: number): void;
  /**
   * Ends trials that wait for somebody to train them, without an outcome: the study stops, and they would never come to a report. Missing
   * where every trial is trained at once.
   */
  withdraw?(): void;
  /** Ends every thread and process that it started. */
  close(): Promise<void>;
}
