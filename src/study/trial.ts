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
export type TrialSource = 'sampler' | 'enqueued' | 'confirmation' | 'baseline' | 'fold';

/** Which fold of which trial. */
export interface FoldPlace {
  /** The number of the trial. */
  readonly of: number;
  /** Counted from 0 over all repeats. Fold 0 is trained by the trial itself. */
  readonly index: number;
}

/** What a fold of a trial came to. */
export interface FoldScore {
  readonly index: number;
  /** The number of the trial that trained it. */
  readonly trial: number;
  /** Its best epoch and that epoch's value. */
  readonly epoch: number;
  readonly value: number;
}

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
  /** The best epoch so far by the study's objective. Of several folds the mean of their best epochs (rounded) and values. */
  readonly best?: { readonly epoch: number; readonly value: number };
  /** Of source 'fold'. */
  readonly fold?: FoldPlace;
  /** Folds of the trial that have ended with a value, by index. Missing before its own has, and where the study has none. */
  readonly folds?: readonly FoldScore[];
  /** The means of the reports of their best epochs; confusion matrices are added up. */
  readonly mean?: Report;
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

/** The report of the trial's best epoch; of several folds the mean of theirs. */
export function bestReportOf({ mean, best, reports }: Pick<Trial, 'mean' | 'best' | 'reports'>): Report | undefined {
  return mean ?? (best === undefined ? undefined : reports[best.epoch - 1]);
}

/** Whether it is one of the search's trials. Folds are parts of trials; repeats and baselines come after it. They count toward nothing in it. */
export function isOfSearch({ source }: Pick<Trial, 'source'>): boolean {
  return source === 'sampler' || source === 'enqueued';
}
