// What was right and wrong for each label: a table of 2 × 2 for each, and the scores that follow from it.
import { CLASS_SCORES, type ClassScore, ratio, sum } from '../class-counts.js';
import type { ClassScores } from '../scores.js';
import type { ScoredLabels } from './scored-labels.js';

/** Images of one label: [[true negatives, false positives], [false negatives, true positives]], as scikit-learn's multilabel_confusion_matrix. */
export type LabelConfusion = readonly [readonly [number, number], readonly [number, number]];

/** @param predictions [N, classCount], 1 or 0. */
export function labelConfusions(
  { labels, classCount }: Pick<ScoredLabels, 'labels' | 'classCount'>,
  predictions: ArrayLike<number>,
): LabelConfusion[] {
  const [predicted, actual, hits] = [0, 1, 2].map(() => new Array<number>(classCount).fill(0)) as [
    number[],
    number[],
    number[],
  ];
  labels.forEach((ofImage, image) => {
    const row = image * classCount;
    for (let k = 0; k < classCount; k++) if (predictions[row + k] === 1) predicted[k]!++;
    for (const k of ofImage) {
      actual[k]!++;
      if (predictions[row + k] === 1) hits[k]!++;
    }
  });
  return hits.map((hit, k) => {
    const [p, a] = [predicted[k]!, actual[k]!];
    return [
      [labels.length - p - a + hit, p - hit],
      [a - hit, hit],
    ];
  });
}

/** By label. */
export function labelScores(confusions: readonly LabelConfusion[]): ClassScores[] {
  return confusions.map(([[, falsePositives], [falseNegatives, hits]]) => {
    const [support, predicted] = [falseNegatives + hits, falsePositives + hits];
    return {
      precision: CLASS_SCORES.precision(support, predicted, hits),
      recall: CLASS_SCORES.recall(support, predicted, hits),
      f1: CLASS_SCORES.f1(support, predicted, hits),
      support,
    };
  });
}

/** Mean over the labels that occur, among images or predictions. */
export function macroOfLabels(confusions: readonly LabelConfusion[], score: ClassScore): number {
  const occurring = confusions.filter(([[, falsePositives], [falseNegatives, hits]]) => {
    return falsePositives + falseNegatives + hits > 0;
  });
  return ratio(sum(labelScores(occurring).map((one) => one[score])), occurring.length);
}

/** Mean over labels, each counting by its images. */
export function weightedOfLabels(confusions: readonly LabelConfusion[], score: ClassScore): number {
  const scores = labelScores(confusions);
  return ratio(sum(scores.map((one) => one[score] * one.support)), sum(scores.map(({ support }) => support)));
}

/** Of all labels together. */
export function microOfLabels(confusions: readonly LabelConfusion[], score: ClassScore): number {
  const of = (row: 0 | 1, column: 0 | 1): number => sum(confusions.map((one) => one[row][column]));
  const hits = of(1, 1);
  return CLASS_SCORES[score](of(1, 0) + hits, of(0, 1) + hits, hits);
}
