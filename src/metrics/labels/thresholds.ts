// From which probability on a label is predicted: the threshold of each label that gives the best F1.
import { RandomStream } from '../../math/random.js';
import { type LabelRanking, type ScoredLabels, rankLabels } from './scored-labels.js';

/** Where nothing can be chosen: no image has the label. */
export const DEFAULT_THRESHOLD = 0.5;
/** Parts of the images; the thresholds of each are chosen on the others. */
const PARTS = 5;

/**
 * Of each label the threshold with the best F1 on these images. Their own F1 with it is too good: it was chosen on them.
 * `crossFittedPredictions` gives predictions that were not.
 */
export function chooseThresholds(scored: ScoredLabels): number[] {
  return rankLabels(scored).map((ranking) => bestThreshold(ranking, () => true));
}

/** Whether each image is predicted to have each label, 1 or 0: [N, classCount]. */
export function predictLabels(
  { labels, probabilities, classCount }: ScoredLabels,
  thresholds: readonly number[],
): Uint8Array {
  return Uint8Array.from({ length: labels.length * classCount }, (_, i) => {
    return probabilities[i]! >= thresholds[i % classCount]! ? 1 : 0;
  });
}

/**
 * Predictions of each image with thresholds that were chosen on other images: five parts, drawn the same for so many images always, each
 * by the thresholds of the other four (cross-fitting). So scores on images that choose thresholds say what to expect of new images.
 */
export function crossFittedPredictions(
  scored: ScoredLabels,
  rankings: readonly LabelRanking[] = rankLabels(scored),
): Uint8Array {
  const { labels, classCount } = scored;
  const images = labels.length;
  const parts = Math.min(PARTS, images);
  const partOf = new Uint8Array(images);
  RandomStream.of('thresholds', images)
    .permutation(images)
    .forEach((image, place) => (partOf[image] = place % parts));
  const predictions = new Uint8Array(images * classCount);
  for (const [label, ranking] of rankings.entries()) {
    const thresholds = Array.from({ length: parts }, (_, part) =>
      bestThreshold(ranking, (image) => partOf[image] !== part),
    );
    for (let image = 0; image < images; image++) {
      const isAbove = ranking.scores[image]! >= thresholds[partOf[image]!]!;
      predictions[image * classCount + label] = isAbove ? 1 : 0;
    }
  }
  return predictions;
}

/**
 * In the middle between the lowest score that is predicted and the highest that is not. Of equally good thresholds the one nearest to ½.
 * @param counts whether an image takes part.
 */
function bestThreshold({ order, scores, isPositive }: LabelRanking, counts: (image: number) => boolean): number {
  let total = 0;
  for (const image of order) if (isPositive[image] === 1 && counts(image)) total++;
  if (total === 0) return DEFAULT_THRESHOLD;
  let [best, bestF1, hits, predicted] = [DEFAULT_THRESHOLD, -1, 0, 0];
  for (let i = order.length - 1; i >= 0;) {
    const score = scores[order[i]!]!;
    for (; i >= 0 && scores[order[i]!] === score; i--) {
      const image = order[i]!;
      if (!counts(image)) continue;
      predicted++;
      if (isPositive[image] === 1) hits++;
    }
    const f1 = (2 * hits) / (predicted + total);
    const below = i >= 0 ? scores[order[i]!]! : 0;
    const threshold = (score + below) / 2;
    const isNearer = Math.abs(threshold - DEFAULT_THRESHOLD) < Math.abs(best - DEFAULT_THRESHOLD);
    if (f1 > bestF1 || (f1 === bestF1 && isNearer)) [best, bestF1] = [threshold, f1];
  }
  return best;
}
