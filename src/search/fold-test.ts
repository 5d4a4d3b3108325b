// Whether a trial is worth its other folds: a paired test against the best trial, on the folds that both have.
//
// Folds are blocks (Moore and Lee 1994, "Efficient algorithms for minimizing cross validation error", race models so): what is hard in a
// fold is hard for both, and their difference on it is free of that. The variance of the noise is pooled over all trials and folds
// (fold-effects.ts), since one or two differences say nothing of their own. m of N folds are a sample of a finite population, so the
// difference of the two means over all N is, given the mean difference d of m,
//   d + t · s · sqrt(2 · (1/m − 1/N)),  t of Student's distribution
// (Cochran 1977, Sampling Techniques, chapter 2). The trial is dropped where that is hardly ever in its favour.
import { studentCdf } from '../math/student-t.js';
import { formatMetric } from '../system/format.js';
import { isBetter } from '../study/objective.js';
import type { History } from '../study/history.js';
import type { Trial } from '../study/trial.js';
import { foldEffectsOf, isFolded } from './fold-effects.js';

export interface FoldFinding {
  /** Whether its other folds are not worth their time. */
  readonly drop: boolean;
  /** With the numbers. */
  readonly reason: string;
}

type FoldedTrial = Trial & Required<Pick<Trial, 'folds'>>;

/**
 * @param trial has ended some of its folds.
 * @param confidence how sure the test must be to drop it, in (0.5, 1]; 1 drops nothing.
 */
export function testFolds(trial: Trial, history: History, confidence: number): FoldFinding {
  const keep = (reason: string): FoldFinding => ({ drop: false, reason });
  if (!isFolded(trial)) return keep('no fold has ended yet');
  if (confidence >= 1) return keep('every trial gets all folds');
  const leader = leaderOn(trial, history);
  if (leader === undefined) return keep('no other trial has these folds');
  const { metric, direction } = history.objective;
  const own = meanOn(trial, trial);
  const best = meanOn(leader, trial);
  const on = `${trial.folds.length} of ${history.folds} folds`;
  const compared = `${metric} ${formatMetric(own)} on ${on}, where trial ${leader.number} has ${formatMetric(best)}`;
  const difference = direction === 'maximize' ? best - own : own - best;
  if (!(difference > 0)) return keep(compared);
  const chance = chanceToCatchUp(difference, trial.folds.length, history);
  if (chance === undefined) return keep(`${compared}; too few folds have ended to test it`);
  const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
  const limit = 1 - confidence;
  const words = `${compared}; its chance to be level after all folds is ${percent(chance)}, ${percent(limit)} needed`;
  return { drop: chance < limit, reason: words };
}

/** P(the means over all folds differ in the trial's favour); undefined where the noise is not known. */
function chanceToCatchUp(difference: number, ended: number, history: History): number | undefined {
  const { variance = NaN, freedom = 0 } = foldEffectsOf(history) ?? {};
  if (freedom < 1) return undefined;
  const spread = Math.sqrt(2 * variance * (1 / ended - 1 / history.folds));
  return spread > 0 ? 1 - studentCdf(difference / spread, freedom) : 0;
}

/** The trial with the best mean among those with the most folds, of those that have all folds that this one has. */
function leaderOn(trial: FoldedTrial, { trials, objective }: History): FoldedTrial | undefined {
  let leader: FoldedTrial | undefined;
  for (const other of trials) {
    if (other.number === trial.number || !isFolded(other) || !hasFoldsOf(other, trial)) continue;
    if (leader === undefined || isFurther(other, leader)) leader = other;
  }
  return leader;

  function isFurther(a: FoldedTrial, b: FoldedTrial): boolean {
    if (a.folds.length !== b.folds.length) return a.folds.length > b.folds.length;
    return isBetter(objective, meanOn(a, a), meanOn(b, b));
  }
}

function hasFoldsOf(other: FoldedTrial, trial: FoldedTrial): boolean {
  return trial.folds.every(({ index }) => other.folds.some((score) => score.index === index));
}

/** A trial's mean over the folds that another one has. */
function meanOn(trial: FoldedTrial, other: FoldedTrial): number {
  const wanted = new Set(other.folds.map(({ index }) => index));
  const values = trial.folds.filter(({ index }) => wanted.has(index)).map(({ value }) => value);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
