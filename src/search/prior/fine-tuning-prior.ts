// What thousands of recorded fine-tunings say of a configuration before anything is trained.
import { COEFFICIENTS } from './coefficients.js';
import { predictLinear } from './linear-model.js';
import type { PriorCoefficients } from './prior-coefficients.js';
import { type FineTuning, termsOf } from './terms.js';

export interface Expectation {
  /** Standard deviations above the average random configuration. */
  readonly quality: number;
  /** log of the cost of an epoch, up to a constant; in a study: multiply-accumulates for each training image, 0 where nothing is known. */
  readonly logSeconds: number;
}

/** What is expected of a configuration. Unknown fields count as average. */
export function expectationOf(configuration: FineTuning, coefficients: PriorCoefficients = COEFFICIENTS): Expectation {
  const terms = knownTerms(configuration, coefficients);
  return {
    quality: predictLinear(coefficients.quality, terms),
    logSeconds: predictLinear(coefficients.seconds, terms),
  };
}

/** The terms that the coefficients say something of. */
export function knownTerms(configuration: FineTuning, { ofPhotographs = [] }: PriorCoefficients): Map<string, number> {
  const terms = termsOf(configuration);
  if (configuration.network?.isPhotographic === false) for (const name of ofPhotographs) terms.delete(name);
  return terms;
}
