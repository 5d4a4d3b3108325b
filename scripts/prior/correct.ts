// How runs of hpo itself correct the learned prior: a ridge regression that draws each weight to what it was before.
import { Matrix, solve } from 'ml-matrix';
import { normalQuantile } from '../../src/math/normal.js';
import { expectationOf, knownTerms } from '../../src/search/prior/fine-tuning-prior.js';
import type { PriorCoefficients } from '../../src/search/prior/prior-coefficients.js';
import { must } from '../../src/system/must.js';
import type { OwnSet } from './own-runs.js';
import { ranksOf } from './ranks.js';

/** Of a change of a weight, in runs: the terms are of size 1. bench/prior.ts compares others. */
export const CHANGE_PENALTY = 10;

/** By how much the weights of quality change, by name. Within each set, runs are compared by their ranks. */
export function changesBy(
  prior: PriorCoefficients,
  sets: readonly OwnSet[],
  penalty = CHANGE_PENALTY,
): Record<string, number> {
  const names = Object.keys(prior.quality);
  const rows: number[][] = [];
  const rest: number[] = [];
  for (const { runs } of sets.filter((set) => set.runs.length > 1)) {
    const ranks = ranksOf(runs.map(({ value }) => value));
    const before = runs.map(({ tuning }) => expectationOf(tuning, prior).quality);
    const terms = runs.map(({ tuning }) => knownTerms(tuning, prior));
    const middles = names.map((name) => mean(terms.map((own) => own.get(name) ?? 0)));
    for (const [i, own] of terms.entries()) {
      rows.push(names.map((name, k) => (own.get(name) ?? 0) - must(middles[k], 'a mean')));
      const quality = normalQuantile((must(ranks[i], 'a rank') + 0.5) / runs.length);
      rest.push(quality - (must(before[i], 'an expectation') - mean(before)));
    }
  }
  const x = new Matrix(rows);
  const products = x.transpose().mmul(x).add(Matrix.eye(names.length).mul(penalty));
  const changes = solve(products, x.transpose().mmul(Matrix.columnVector(rest))).to1DArray();
  const rounded = names.map((name, k) => [name, Number(must(changes[k], 'a change').toFixed(4))] as const);
  return Object.fromEntries(rounded.filter(([, change]) => change !== 0));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
