// The contract between the controller, which decides, and whatever trains: threads, child processes, this process, one day a cluster.
import type { ErrorCode } from './errors.js';
import type { Parameters } from './parameters.js';
import type { FailureKind, FrozenWork, Report } from './trial.js';

/** One trial to train. Plain data: it crosses threads and processes. */
export interface Assignment {
  readonly trial: number;
  readonly parameters: Parameters;
  /** The study's seed; a trainer draws everything random from (seed, trial, purpose, epoch). */
  readonly seed: number;
  /**
   * A folder for this trial's checkpoints, made when the trainer first reads this field. It survives interruptions and is
   * removed when no longer needed.
   */
  readonly directory: string;
  /** The baseline: from random weights, with everything unfrozen. */
  readonly fromScratch?: true;
  /** An earlier process died with this trial in it: a runner of threads gives it a process of its own, which cannot take the study with it. */
  readonly apart?: true;
  /** Epochs that the study already knows; a resumed trainer may repeat them, with the same numbers. */
  readonly reported: number;
}

/** The controller's answer to a report. */
export type Decision =
  | { readonly action: 'continue' }
  /** Stop for good: pruned, or completed early. */
  | { readonly action: 'stop' }
  /** Stop and keep the checkpoint: the trial goes on later, here or in another slot. */
  | { readonly action: 'suspend' };

export type RunOutcome =
  /** The trainer came to its own end. */
  | { readonly status: 'finished' }
  /** A decision ended it. */
  | { readonly status: 'stopped' }
  | { readonly status: 'suspended' }
  /** The signal was aborted. */
  | { readonly status: 'aborted' }
  /** `blameless`: it need not be the parameters' fault, so the trial is worth another try. */
  | { readonly status: 'failed'; readonly kind: FailureKind; readonly message: string; readonly blameless?: boolean }
  /** The trainer broke its contract (no generator, no report, a gap in its epochs): its module is at fault, not the parameters. */
  | { readonly status: 'misbehaved'; readonly message: string }
  /** Something outside of the trial kept it from being trained, such as a full disk; every other trial would meet it too. */
  | { readonly status: 'prevented'; readonly code: ErrorCode; readonly message: string };

/** One of several trials in the same slot. */
export interface Lane {
  readonly assignment: Assignment;
  readonly onReport: (report: Report) => Decision | Promise<Decision>;
  /** Called once, when the trial is over. */
  readonly onEnd: (outcome: RunOutcome) => void;
}

export interface TrialRunner {
  /** Trials that can run at once; slots are numbered 0 … slots − 1. */
  readonly slots: number;
  /**
   * Trains one trial in a slot that is idle. Waits for each decision before the next epoch. Never rejects because of
   * the trial: whatever goes wrong in it is an outcome.
   */
  run(
    assignment: Assignment,
    slot: number,
    onReport: (report: Report) => Decision | Promise<Decision>,
    signal: AbortSignal,
  ): Promise<RunOutcome>;
  /**
   * Trains several trials side by side in a slot that is idle; each ends on its own, and none because of another. Reports and ends
   * come one at a time, in the same order at every run: the trials with the fewest epochs first, of those in the order given.
   * Missing where a slot takes one trial alone.
   */
  runTogether?(lanes: readonly Lane[], slot: number, signal: AbortSignal): Promise<void>;
  /**
   * Makes ahead, in a slot that is idle, what these trials will need, which others train. Ends when nothing is left to make, or soon after the signal
   * is aborted; only then the slot takes a trial. Never rejects. Missing where no slot can.
   * @returns what that took.
   */
  prepare?(assignments: readonly Assignment[], slot: number, signal: AbortSignal): Promise<FrozenWork>;
  /**
   * Tells those who train how many slots' share of the processor each may take from now on, since the other slots have nothing to train.
   * Missing where nobody could make use of it.
   */
  lend?(share: number): void;
  /** Ends every thread and process that it started. */
  close(): Promise<void>;
}
