// Which trials to average, and how often each counts: greedy selection with replacement by the validation images.
import { must } from '../system/must.js';
import type { RandomStream } from '../math/random.js';
import { type Interval, confusionInterval } from './bootstrap.js';
import { type Scored, confusionOf, predictionsOf } from './confusion.js';
import type { CountMetric } from './count-metrics.js';
import { classCounts } from './class-counts.js';

export interface EnsembleQuestion {
  readonly labels: readonly number[];
  readonly classes: readonly string[];
  readonly metric: string;
  /** More is better. */
  readonly measure: CountMetric;
  readonly positiveClass?: string | undefined;
  /** Of each trial the probabilities [images, classes] of its best epoch, best trial first. */
  readonly candidates: readonly ArrayLike<number>[];
  /** Different trials in the ensemble, at most. */
  readonly size: number;
}

/** By candidate: how often it was chosen, 0 for those left out. */
export type Choices = readonly number[];

/** Steps of the selection. With replacement, more of them are finer shares, not more trials. */
const ROUNDS = 12;
const RESAMPLES = 200;

/**
 * Greedy selection with replacement (R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes, 'Ensemble Selection from Libraries of Models', ICML
 * 2004): beginning with the best trial, each step adds the one with which the mean of probabilities scores best, until no step of twelve
 * scores higher. Of equal scores the lower log loss is taken.
 * @param images which count, an image as often as it is listed; default: each once.
 */
export function selectEnsemble(question: EnsembleQuestion, images?: readonly number[]): Choices {
  const { candidates, labels, size } = question;
  const used = images ?? labels.map((_, i) => i);
  const counts = candidates.map(() => 0);
  const sum = new Float64Array(candidates[0]?.length ?? 0);
  let [best, bestScore]: [Choices, Score] = [counts, LOWEST];
  for (let round = 1; round <= ROUNDS; round++) {
    const isFull = counts.filter((count) => count > 0).length >= size;
    let [chosen, score] = [-1, LOWEST];
    candidates.forEach((probabilities, i) => {
      if (isFull && counts[i] === 0) return;
      const own = scoreOf(question, used, (at) => (sum[at]! + probabilities[at]!) / round);
      if (isHigher(own, score)) [chosen, score] = [i, own];
    });
    const added = must(candidates[chosen], 'a candidate');
    counts[chosen]! += 1;
    for (let at = 0; at < sum.length; at++) sum[at]! += added[at]!;
    if (isHigher(score, bestScore)) [best, bestScore] = [[...counts], score];
  }
  return best;
}

/** The mean of the chosen trials' probabilities. */
export function meanOf(candidates: readonly ArrayLike<number>[], choices: Choices): Float32Array {
  const total = choices.reduce((sum, count) => sum + count, 0);
  return Float32Array.from({ length: candidates[0]?.length ?? 0 }, (_, at) =>
    candidates.reduce((sum, one, i) => sum + ((choices[i] ?? 0) / total) * one[at]!, 0),
  );
}

/** The same estimate of the best single trial and of the ensemble, each chosen again in every resample. */
export interface ComparedValues {
  readonly single: Interval;
  readonly ensemble: Interval;
}

/**
 * Both without the luck of being chosen: images are drawn with replacement, trial and ensemble are selected by those drawn, and their
 * predictions count for those that were not (see `correctedForSelection`). That the candidates themselves are the best of many is not
 * corrected for, in either.
 */
export function compareWithEnsemble(question: EnsembleQuestion, random: RandomStream): ComparedValues {
  const { labels, classes, candidates, metric, positiveClass } = question;
  const n = labels.length;
  const votes = { single: emptyVotes(n, classes.length), ensemble: emptyVotes(n, classes.length) };
  const alone = candidates.map((probabilities) => predictionsOf({ labels, probabilities, classCount: classes.length }));
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const drawn = Array.from({ length: n }, () => random.integer(n));
    const isDrawn = new Set(drawn);
    const best = selectEnsemble({ ...question, size: 1 }, drawn).findIndex((count) => count > 0);
    const probabilities = meanOf(candidates, selectEnsemble(question, drawn));
    const together = predictionsOf({ labels, probabilities, classCount: classes.length });
    const single = must(alone[best], 'predictions');
    for (let i = 0; i < n; i++) {
      if (isDrawn.has(i)) continue;
      must(votes.single[i], 'votes')[single[i]!]! += 1;
      must(votes.ensemble[i], 'votes')[together[i]!]! += 1;
    }
  }
  const options = positiveClass === undefined ? {} : { positiveClass };
  const intervalOf = (name: 'single' | 'ensemble'): Interval =>
    confusionInterval(
      confusionOfVotes(labels, votes[name], classes.length),
      classes,
      metric,
      random.derive(name),
      options,
    );
  return { single: intervalOf('single'), ensemble: intervalOf('ensemble') };
}

function emptyVotes(images: number, classes: number): Float64Array[] {
  return Array.from({ length: images }, () => new Float64Array(classes));
}

function confusionOfVotes(labels: readonly number[], votes: readonly Float64Array[], classes: number): number[][] {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, i) => {
    const row = must(confusion[label], 'a row');
    const vote = must(votes[i], 'votes');
    const sum = vote.reduce((total, one) => total + one, 0);
    if (sum === 0) row[label]! += 1;
    else vote.forEach((one, k) => (row[k]! += one / sum));
  });
  return confusion;
}

type Score = readonly [value: number, logLoss: number];
const LOWEST: Score = [-Infinity, Infinity];

function isHigher([value, loss]: Score, [other, otherLoss]: Score): boolean {
  return value > other + 1e-12 || (value > other - 1e-12 && loss < otherLoss - 1e-12);
}

function scoreOf(
  { labels, classes, measure }: EnsembleQuestion,
  images: readonly number[],
  probability: (at: number) => number,
): Score {
  const classCount = classes.length;
  const probabilities = new Float64Array(images.length * classCount);
  const drawn = new Int32Array(images.length);
  let loss = 0;
  images.forEach((image, i) => {
    const label = labels[image]!;
    drawn[i] = label;
    for (let k = 0; k < classCount; k++) probabilities[i * classCount + k] = probability(image * classCount + k);
    loss -= Math.log(Math.max(1e-12, probabilities[i * classCount + label]!));
  });
  const scored: Scored = { labels: drawn, probabilities, classCount };
  return [measure(classCounts(confusionOf(drawn, predictionsOf(scored), classCount))), loss];
}
