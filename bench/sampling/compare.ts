// Whether one sample is lower than another, beyond chance.
import { normalCdf } from '../../src/math/normal.js';

/**
 * The share of pairs in which the first is lower, ties counting half, and the two-sided probability of a share so far from
 * a half where both come from one distribution: the rank-sum test of Mann and Whitney (1947), its normal limit.
 */
export function rankSum(
  first: readonly number[],
  second: readonly number[],
): { readonly below: number; readonly probability: number } {
  const wins = first.flatMap((a) => second.map((b): number => (a < b ? 1 : a === b ? 0.5 : 0)));
  const below = wins.reduce((sum, win) => sum + win, 0) / wins.length;
  const deviation = Math.sqrt((first.length + second.length + 1) / (12 * first.length * second.length));
  return { below, probability: Math.min(1, 2 * normalCdf(-Math.abs(below - 0.5) / deviation)) };
}
