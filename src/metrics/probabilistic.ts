// Scores of the probabilities themselves: log loss and the area under the ROC curve.
import type { Scored } from './confusion.js';

/** Probabilities are kept this far from 0 and 1 before their logarithm is taken: float32's epsilon, as scikit-learn does. */
const EPSILON = 2 ** -23;

/** −ln of the probability given to each image's actual class. */
export function logLosses({ labels, probabilities, classCount }: Scored): Float64Array {
  return Float64Array.from({ length: labels.length }, (_, i) => {
    const probability = probabilities[i * classCount + labels[i]!]!;
    return -Math.log(Math.min(Math.max(probability, EPSILON), 1 - EPSILON));
  });
}

/** Mean of `logLosses`; 0 for no images. */
export function logLoss(scored: Scored): number {
  const losses = logLosses(scored);
  return losses.length === 0 ? 0 : losses.reduce((a, b) => a + b, 0) / losses.length;
}

/** Images in rising order of the score that decides the ROC curve, computed once for many resamples. */
export interface Ranking {
  readonly order: Uint32Array;
  readonly scores: ArrayLike<number>;
  readonly isPositive: Uint8Array;
}

/** Images ranked by the probability of the positive class. */
export function rank({ labels, probabilities, classCount }: Scored, positive: number): Ranking {
  const scores = Float64Array.from({ length: labels.length }, (_, i) => probabilities[i * classCount + positive]!);
  const isPositive = Uint8Array.from({ length: labels.length }, (_, i) => (labels[i] === positive ? 1 : 0));
  const order = Uint32Array.from({ length: labels.length }, (_, i) => i);
  order.sort((a, b) => scores[a]! - scores[b]!);
  return { order, scores, isPositive };
}

/**
 * The probability that a positive image ranks above a negative one, ties counting half: the area under the ROC curve
 * (H. B. Mann & D. R. Whitney 1947). Undefined where one of the two is missing.
 * @param counts how often each image counts; once where not given.
 */
export function areaUnderRoc({ order, scores, isPositive }: Ranking, counts?: ArrayLike<number>): number | undefined {
  let [positives, negatives, wins] = [0, 0, 0];
  for (let i = 0; i < order.length;) {
    const score = scores[order[i]!];
    let [tiedPositives, tiedNegatives] = [0, 0];
    for (; i < order.length && scores[order[i]!] === score; i++) {
      const image = order[i]!;
      const count = counts === undefined ? 1 : counts[image]!;
      if (isPositive[image] === 1) tiedPositives += count;
      else tiedNegatives += count;
    }
    wins += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
  }
  return positives === 0 || negatives === 0 ? undefined : wins / (positives * negatives);
}
