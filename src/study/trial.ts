// A trial: one set of parameters, its reports and how it ended. Records are never changed in place.
import type { ErrorCode } from './errors.js';
import type { MachineKind } from './machine-kind.js';
import type { Parameters } from './parameters.js';

/** Why a trial failed. `crashed` covers a thrown error, an exit and a native crash. */
export type FailureKind = 'diverged' | 'out-of-memory' | 'crashed' | 'timed-out';

/** How a trial ended. An interrupted trial has no outcome: it is resumed. */
export type Outcome =
  | { readonly status: 'completed'; readonly reason?: string }
  | { readonly status: 'pruned'; readonly epoch: number; readonly reason: string }
  | Failure;

export interface Failure {
  readonly status: 'failed';
  readonly kind: FailureKind;
  readonly message: string;
  /** Missing where the parameters may be at fault. Whoever records the outcome leaves it out. */
  readonly fault?: Fault;
}

/**
 * What a failure is put down to other than the parameters. `chance`: a native crash or a hang, so the trial is worth another try. `trainer`:
 * it broke its contract (no generator, no report, a gap in its epochs). A code: something that every trial would meet, such as a full disk.
 */
export type Fault = 'chance' | 'trainer' | { readonly code: ErrorCode };

/** What a classifier got right and wrong on the validation images. */
export interface ClassificationDetail {
  /** confusion[actual][predicted], image counts. */
  readonly confusion: readonly (readonly number[])[];
  /** The predicted class of each validation image in index order; for comparisons image by image. */
  readonly predictions?: readonly number[];
  readonly labels?: undefined;
}

/** What a classifier of several labels an image got right and wrong on the validation images. */
export interface MultilabelDetail {
  /** By label: [[true negatives, false positives], [false negatives, true positives]], image counts. */
  readonly labels: readonly (readonly (readonly number[])[])[];
  readonly confusion?: undefined;
  readonly predictions?: undefined;
}

/** What a trainer says after an epoch. */
export interface Report {
  /** Counted from 1. */
  readonly epoch: number;
  /** Finite numbers by name; the objective's metric is among them. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly detail?: ClassificationDetail | MultilabelDetail;
  /** Wall time of the epoch, in seconds. */
  readonly seconds?: number;
  /**
   * What the epoch cost, in numbers of the trainer's own. They are recorded as they are, and only those who know the trainer read them: those
   * of the built-in one are read in reuse.ts. Like `seconds`, no part of the result.
   */
  readonly work?: Readonly<Record<string, number>>;
}

/** Where a trial's parameters came from. */
export type TrialSource = 'sampler' | 'enqueued' | 'confirmation' | 'baseline';

export type TrialState = 'asked' | 'running' | 'paused' | Outcome['status'];

export interface Trial {
  /** Counted from 0, in the order of asking. */
  readonly number: number;
  readonly parameters: Parameters;
  readonly source: TrialSource;
  /** Why these parameters, in words. */
  readonly note?: string;
  readonly state: TrialState;
  /** One per finished epoch, in order, epochs 1, 2, 3, … */
  readonly reports: readonly Report[];
  /** The best epoch so far by the study's objective. */
  readonly best?: { readonly epoch: number; readonly value: number };
  readonly outcome?: Outcome;
  /** How it failed before it was tried once more. */
  readonly retried?: { readonly kind: FailureKind; readonly message: string };
  readonly slot?: number;
  /** The kind of machine that it was on last, if it is another one than the study's. */
  readonly machine?: MachineKind;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
}

/** Whether the trial's outcome is known. */
export function isFinished(trial: Trial): boolean {
  return trial.outcome !== undefined;
}

/** Whether it is one of the search's trials. Repeats and baselines come after it, and count toward nothing in it. */
export function isOfSearch({ source }: Pick<Trial, 'source'>): boolean {
  return source === 'sampler' || source === 'enqueued';
}
