// A trial: one set of parameters, its reports and how it ended. Records are never changed in place.
import type { Parameters } from './parameters.js';

/** Why a trial failed. `crashed` covers a thrown error, an exit and a native crash. */
export type FailureKind = 'diverged' | 'out-of-memory' | 'crashed' | 'timed-out';

/** How a trial ended. An interrupted trial has no outcome: it is resumed. */
export type Outcome =
  | { readonly status: 'completed'; readonly reason?: string }
  | { readonly status: 'pruned'; readonly epoch: number; readonly reason: string }
  | { readonly status: 'failed'; readonly kind: FailureKind; readonly message: string };

/** What a classifier got right and wrong on the validation images. */
export interface ClassificationDetail {
  /** confusion[actual][predicted], image counts. */
  readonly confusion: readonly (readonly number[])[];
  /** The predicted class of each validation image in index order; for comparisons image by image. */
  readonly predictions?: readonly number[];
}

/** What a trainer says after an epoch. */
export interface Report {
  /** Counted from 1. */
  readonly epoch: number;
  /** Finite numbers by name; the objective's metric is among them. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly detail?: ClassificationDetail;
  /** Wall time of the epoch, in seconds. */
  readonly seconds?: number;
  readonly work?: FrozenWork;
}

/** What the frozen part of the network cost in an epoch. Like `seconds`, no part of the result. */
export interface FrozenWork {
  /** Images whose features were needed: without reuse, all of them go through the network. */
  readonly needed: number;
  /** Images that did. */
  readonly computed: number;
  /** Wall time of that, decoding and augmentation included. */
  readonly seconds: number;
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
