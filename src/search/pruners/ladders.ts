// The two ladders of the promotion form: classical halving, and the funnel.
import type { Ladder } from './ladder.js';

/** Of each rung's trials one in `reduction` goes on: ⌊n / reduction⌋ of the n there are now, as ASHA promotes (Li et al. 2020). */
export function halvingLadder(rungs: readonly number[], reduction: number): Ladder {
  return {
    rungs,
    quota: (k, trials) => Math.max(1, Math.floor(trials / reduction ** (k + 1))),
    early: (_k, there) => Math.floor(there / reduction),
  };
}

/**
 * Narrow at once, then slowly. Early epochs tell the hopeless from the rest and little more, later ones order the rest
 * well enough that few change places; so the first cut is hard, and each doubling of the epochs then keeps 3 in 5.
 * What matters is how many are kept, not which share: the quota grows with the square root of the number of trials.
 * While new trials are to come, a quarter of what the share of trials so far would make goes on, best first: a study
 * that is watched shows trials far along early, at the cost of few epochs.
 */
export function funnelLadder(rungs: readonly number[], breadth: number): Ladder {
  const quota = (k: number, trials: number): number => {
    const exact = (breadth * Math.sqrt(trials) * 3 ** k) / 5 ** k;
    return Math.max(1, Math.ceil(exact - 1e-9));
  };
  return {
    rungs,
    quota,
    early: (k, _there, entered, trials) => Math.floor((quota(k, trials) * entered) / (4 * trials)),
  };
}
