// What scripts/fit-prior.ts writes and the learned prior reads.
import type { CurveCoefficients } from './learning-curves.js';
import type { LinearModel } from './linear-model.js';

export interface PriorCoefficients {
  /** Where they come from. */
  readonly source: string;
  /** How good a configuration is among random ones, in standard deviations. */
  readonly quality: LinearModel;
  /** The correlation of that with what came out, on data sets that were left out of the fit. */
  readonly correlation: number;
  /** The logarithm of seconds per epoch, up to a constant. */
  readonly seconds: LinearModel;
  readonly curves: CurveCoefficients;
  /** Terms that were learned from networks pre-trained on photographs, and say nothing of others. Default: none. */
  readonly ofPhotographs?: readonly string[];
  /** Whether the cost of a trial counts for less as the study's trials are used up. */
  readonly isCooling?: boolean;
}
