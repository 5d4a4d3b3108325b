// The versions of the learned prior. A study keeps the one that it began with, so none is ever changed.
import { COEFFICIENTS } from './coefficients.js';
import type { PriorCoefficients } from './prior-coefficients.js';

/** That of new studies. */
export const PRIOR_VERSION = 2;

/** Of how much of a network to train, and how strongly to hold it back: corrected by runs of hpo itself (bench/prior.ts). */
const OF_PHOTOGRAPHS = ['share', 'share²', 'share·rate', 'headOnly', 'headOnly·rate', 'network size·share', 'dropout'];

/** @param version as the journal has it; journals from before versions have the first. */
export function priorOf(version = 1): PriorCoefficients {
  if (version < 2) return COEFFICIENTS;
  return { ...COEFFICIENTS, ofPhotographs: OF_PHOTOGRAPHS, isCooling: true };
}
