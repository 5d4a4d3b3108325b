// Scores that follow from a confusion matrix. Definitions are scikit-learn's (sklearn.metrics), with its defaults.
import type { Confusion } from './confusion.js';

/** One class against the rest. A quotient of nothing by nothing is 0, as scikit-learn's `zero_division` is by default. */
export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Images of this class. */
  readonly support: number;
}

export function classScores(confusion: Confusion): ClassScores[] {
  return confusion.map((row, k) => {
    const right = row[k]!;
    const support = sum(row);
    const predicted = sum(confusion.map((other) => other[k]!));
    return {
      precision: ratio(right, predicted),
      recall: ratio(right, support),
      f1: ratio(2 * right, predicted + support),
      support,
    };
  });
}

/** Share of images whose prediction is right. */
export function accuracy(confusion: Confusion): number {
  return ratio(sum(confusion.map((row, k) => row[k]!)), sum(confusion.map(sum)));
}

/** Mean recall of the classes that have images. */
export function balancedAccuracy(confusion: Confusion): number {
  return mean(
    classScores(confusion)
      .filter(({ support }) => support > 0)
      .map(({ recall }) => recall),
  );
}

export type ClassScore = 'precision' | 'recall' | 'f1';

/** Mean over the classes that occur among labels or predictions, each counting the same. */
export function macro(confusion: Confusion, score: ClassScore): number {
  const occurs = (k: number): boolean => confusion.some((row, actual) => (actual === k ? sum(row) > 0 : row[k]! > 0));
  return mean(
    classScores(confusion)
      .filter((_, k) => occurs(k))
      .map((scores) => scores[score]),
  );
}

/** Mean over classes, each counting by its images. */
export function weighted(confusion: Confusion, score: ClassScore): number {
  const scores = classScores(confusion);
  return ratio(sum(scores.map((one) => one[score] * one.support)), sum(scores.map(({ support }) => support)));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return ratio(sum(values), values.length);
}
