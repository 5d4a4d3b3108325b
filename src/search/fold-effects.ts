// How hard each fold is and how much trials differ on it: so that trials with different folds can be compared.
//
// The two-way layout of the analysis of variance: the value of trial t on fold k is a_t + b_k + noise, by least squares, where not every
// trial has every fold. Trials that got more folds are better ones; that moves their a_t, and not the b_k.
import { CholeskyFactor } from '../math/cholesky.js';
import { must } from '../system/must.js';
import type { History } from '../study/history.js';
import { type Trial, isOfSearch } from '../study/trial.js';

export interface FoldEffects {
  /** Of each fold, in the objective's unit, with mean 0 over the folds that any trial has; 0 for the others. */
  readonly effects: readonly number[];
  /** Variance of the noise of one value; NaN without degrees of freedom. */
  readonly variance: number;
  /** Values beyond those that the effects and the trials' levels take. */
  readonly freedom: number;
}

/** Undefined where no trial has ended a fold, as in a study without. */
export function foldEffectsOf({ trials, folds }: Pick<History, 'trials' | 'folds'>): FoldEffects | undefined {
  if (folds === 1) return undefined;
  const rows = trials.filter(isFolded).map(({ folds: scores }) => scores);
  const seen = [...new Set(rows.flatMap((scores) => scores.map(({ index }) => index)))].sort((a, b) => a - b);
  if (seen.length === 0) return undefined;
  const place = new Map(seen.map((index, i) => [index, i]));
  const solved = solve(
    rows.map((scores) => scores.map(({ index, value }) => [must(place.get(index), 'a fold'), value] as const)),
    seen.length,
  );
  const effects = Array.from({ length: folds }, (_, index) => solved[place.get(index) ?? -1] ?? 0);
  const freedom = rows.reduce((sum, scores) => sum + scores.length - 1, 0) - (seen.length - 1);
  let squares = 0;
  for (const scores of rows) {
    const level = levelOf(scores, effects);
    for (const { index, value } of scores) squares += (value - level - (effects[index] ?? 0)) ** 2;
  }
  return { effects, freedom, variance: freedom > 0 ? squares / freedom : NaN };
}

/** A trial's level a_t: what its mean over all folds would probably be. */
export function levelOf(
  scores: readonly { readonly index: number; readonly value: number }[],
  effects: readonly number[],
): number {
  return scores.reduce((sum, { index, value }) => sum + value - (effects[index] ?? 0), 0) / scores.length;
}

/** Trials of the search that have ended at least one fold. */
export function isFolded(trial: Trial): trial is Trial & Required<Pick<Trial, 'folds'>> {
  return trial.folds !== undefined && trial.state !== 'failed' && isOfSearch(trial);
}

/**
 * The effects, with mean 0. Without the levels the normal equations are those of a graph's Laplacian, in which folds are joined by the
 * trials that have both; one more rank makes them definite.
 * @param rows of each trial, the folds that it has and its values.
 */
function solve(rows: readonly (readonly (readonly [number, number])[])[], folds: number): Float64Array {
  const matrix = Array.from({ length: folds }, () => new Float64Array(folds).fill(1 / folds));
  const right = new Float64Array(folds);
  for (const row of rows) {
    const mean = row.reduce((sum, [, value]) => sum + value, 0) / row.length;
    for (const [i, value] of row) {
      right[i] = must(right[i], 'a fold') + value - mean;
      const line = must(matrix[i], 'a fold');
      line[i] = must(line[i], 'a fold') + 1;
      for (const [j] of row) line[j] = must(line[j], 'a fold') - 1 / row.length;
    }
  }
  const lower = Float64Array.from(matrix.flatMap((line, i) => [...line.subarray(0, i + 1)]));
  const factor = CholeskyFactor.of(lower, folds);
  // Folds that no trial joins to the others cannot be compared with them.
  if (factor === undefined) return new Float64Array(folds);
  factor.solveLower(right);
  factor.solveUpper(right);
  return right;
}
