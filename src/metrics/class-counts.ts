// The counts that the scores of a classifier are made of, by class, and the scores themselves.
import type { Confusion } from './confusion.js';

/** By class: images of it, images predicted as it, and both. */
export interface ClassCounts {
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
  readonly correct: Float64Array;
}

export type ClassScore = 'precision' | 'recall' | 'f1';

/** The scores of one class. A quotient of nothing by nothing is 0, as scikit-learn's `zero_division` is by default. */
export const CLASS_SCORES: Readonly<
  Record<ClassScore, (actual: number, predicted: number, correct: number) => number>
> = {
  precision: (_, predicted, correct) => ratio(correct, predicted),
  recall: (actual, _, correct) => ratio(correct, actual),
  f1: (actual, predicted, correct) => ratio(2 * correct, predicted + actual),
};

export function classCounts(confusion: Confusion): ClassCounts {
  const actual = new Float64Array(confusion.length);
  const predicted = new Float64Array(confusion.length);
  const correct = new Float64Array(confusion.length);
  for (const [label, row] of confusion.entries()) {
    for (const [prediction, images] of row.entries()) {
      actual[label]! += images;
      predicted[prediction]! += images;
    }
    correct[label] = row[label]!;
  }
  return { actual, predicted, correct };
}

/** Share of images whose prediction is right. */
export function accuracyOf({ actual, correct }: ClassCounts): number {
  return ratio(sum(correct), sum(actual));
}

/** Mean over the classes that occur among labels or predictions, each counting the same. */
export function macroOf({ actual, predicted, correct }: ClassCounts, score: ClassScore): number {
  const of = CLASS_SCORES[score];
  let [total, classes] = [0, 0];
  for (let k = 0; k < actual.length; k++) {
    const [a, p] = [actual[k]!, predicted[k]!];
    if (a + p === 0) continue;
    total += of(a, p, correct[k]!);
    classes++;
  }
  return ratio(total, classes);
}

export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

export function sum(values: readonly number[] | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
