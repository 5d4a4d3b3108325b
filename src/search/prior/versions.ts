// The versions of the learned prior. A study keeps the one that it began with, so none is ever changed.
import { COEFFICIENTS } from './coefficients.js';
import { HpoError } from '../../study/errors.js';
import type { PriorCoefficients } from './prior-coefficients.js';

/** That of new studies. */
export const PRIOR_VERSION = 2;

/** Of how much of a network to train, and how strongly to hold it back: corrected by runs of hpo itself (bench/prior.ts). */
const OF_PHOTOGRAPHS = ['share', 'share²', 'share·rate', 'headOnly', 'headOnly·rate', 'network size·share', 'dropout'];

/**
 * @param version as the journal has it; journals from before versions have the first.
 * @throws HpoError ERR_JOURNAL_VERSION of a version that a later release made.
 */
export function priorOf(version = 1): PriorCoefficients {
  if (version !== 1 && version !== PRIOR_VERSION) {
    const expected = `expected version 1 or ${PRIOR_VERSION} of the learned prior at study.prior in the journal`;
    throw new HpoError('ERR_JOURNAL_VERSION', `${expected}, got ${version}: a later release of hpo has it.`);
  }
  if (version === 1) return COEFFICIENTS;
  return { ...COEFFICIENTS, ofPhotographs: OF_PHOTOGRAPHS, isCooling: true };
}
