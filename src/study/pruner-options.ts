// What a study may say of its pruner: one variant per kind, plain data.

/** Drop a trial only where it is worse beyond the noise of the validation set: a paired bootstrap over its images. */
export interface Significance {
  /** Share of resampled validation sets on which the trial must be worse, in (0.5, 1). */
  readonly confidence: number;
}

interface Common {
  /** No trial is pruned before it has finished this many epochs. For halving kinds this is the first rung. */
  readonly minEpochs?: number | undefined;
  readonly significance?: Significance | undefined;
}

export interface NoPrunerOptions {
  readonly type: 'none';
}

export interface MedianOptions extends Common {
  readonly type: 'median';
  /** Completed trials before any is dropped. */
  readonly startupTrials?: number | undefined;
}

export interface PercentileOptions extends Common {
  readonly type: 'percentile';
  /** In (0, 100): 25 keeps a trial while it is among the best quarter. */
  readonly percentile: number;
  readonly startupTrials?: number | undefined;
}

/** Ends a trial as completed, not pruned: its best epoch may be the best of all. */
export interface PatienceOptions {
  readonly type: 'patience';
  /** Reports in a row without improvement. */
  readonly patience: number;
  /** Smaller improvements than this count as none. */
  readonly minDelta?: number | undefined;
  readonly minEpochs?: number | undefined;
}

export interface ThresholdOptions extends Common {
  readonly type: 'threshold';
  /** The least (or, when minimizing, the most) that the best epoch so far must reach. */
  readonly bound: number;
}

/**
 * Rungs at minEpochs · reduction^k. `stopping` drops a trial at its rung at once; `promotion` pauses it there with its
 * checkpoint and continues the best of the rung.
 */
export interface SuccessiveHalvingOptions extends Common {
  readonly type: 'successiveHalving';
  readonly form?: 'stopping' | 'promotion' | undefined;
  /** One in so many goes on; an integer, at least 2. */
  readonly reduction?: number | undefined;
}

export interface HyperbandOptions extends Common {
  readonly type: 'hyperband';
  readonly reduction?: number | undefined;
}

/**
 * Every trial runs to minEpochs and pauses; the best breadth · √trials of them go on. At each doubling of the epochs the
 * best 3 in 5 of those go on again. Needs a trainer that keeps checkpoints.
 */
export interface FunnelOptions extends Common {
  readonly type: 'funnel';
  /** More is safer and costs more epochs. */
  readonly breadth?: number | undefined;
}

/**
 * Paused and new trials compete for the next stretch of epochs: the one that promises the most improvement per second gets it. Needs a
 * trainer that keeps checkpoints.
 */
export interface FreezeThawOptions {
  readonly type: 'freezeThaw';
  readonly minEpochs?: number | undefined;
}

export type PrunerOptions =
  | NoPrunerOptions
  | MedianOptions
  | PercentileOptions
  | PatienceOptions
  | ThresholdOptions
  | SuccessiveHalvingOptions
  | HyperbandOptions
  | FunnelOptions
  | FreezeThawOptions;

/**
 * What an option is where a study says nothing. Epochs of a head phase are added to minEpochs: while the head alone is
 * trained, what sets the trials apart has hardly begun to act. The first epoch foretells little (rank correlation 0.3).
 */
export const PRUNER_DEFAULTS = {
  minEpochs: 3,
  /** The funnel only ranks at its first rung and drops what is far down, so it can look earlier. */
  funnelMinEpochs: 2,
  startupTrials: 5,
  minDelta: 0,
  reduction: 3,
  form: 'stopping',
  breadth: 2,
} as const;
