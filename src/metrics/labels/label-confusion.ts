// What was right and wrong for each label: a table of 2 × 2 for each, and the scores that follow from it.
import { CLASS_SCORES, type ClassScore, ratio, sum } from '../class-counts.js';
import type { ClassScores } from '../scores.js';
import type { ScoredLabels } from './scored-labels.js';

/** Images of one label: [[true negatives, false positives], [false negatives, true positives]], as scikit-learn's multilabel_confusion_matrix. */
export type LabelConfusion = readonly (readonly number[])[];

export interface LabelCounts {
  /** Images with the label that were given it. */
  readonly hits: number;
  /** Images with the label that were not. */
  readonly misses: number;
  /** Images without the label that were given it. */
  readonly alarms: number;
}

export function countsOf([absent = [], present = []]: LabelConfusion): LabelCounts {
  return { hits: present[1] ?? 0, misses: present[0] ?? 0, alarms: absent[1] ?? 0 };
}

/** @param predictions [N, classCount], 1 or 0. */
export function labelConfusions(
  { labels, classCount }: Pick<ScoredLabels, 'labels' | 'classCount'>,
  predictions: ArrayLike<number>,
): LabelConfusion[] {
  const zeros = (): number[] => new Array<number>(classCount).fill(0);
  const [predicted, actual, hits] = [zeros(), zeros(), zeros()];
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
  return confusions.map((confusion) => {
    const { hits, misses, alarms } = countsOf(confusion);
    const [support, predicted] = [misses + hits, alarms + hits];
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
  const occurring = confusions.filter((confusion) => {
    const { hits, misses, alarms } = countsOf(confusion);
    return hits + misses + alarms > 0;
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
  const counts = confusions.map(countsOf);
  const hits = sum(counts.map((one) => one.hits));
  const misses = sum(counts.map((one) => one.misses));
  const alarms = sum(counts.map((one) => one.alarms));
  return CLASS_SCORES[score](misses + hits, alarms + hits, hits);
}
