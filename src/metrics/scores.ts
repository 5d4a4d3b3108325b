// Scores that follow from a confusion matrix. Definitions are scikit-learn's (sklearn.metrics), with its defaults.
import { CLASS_SCORES, type ClassScore, accuracyOf, classCounts, macroOf, ratio, sum } from './class-counts.js';
import type { Confusion } from './confusion.js';

/** One class against the rest. */
export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Images of this class. */
  readonly support: number;
}

export function classScores(confusion: Confusion): ClassScores[] {
  const { actual, predicted, correct } = classCounts(confusion);
  return Array.from(actual, (support, k) => {
    const [p, c] = [predicted[k]!, correct[k]!];
    return {
      precision: CLASS_SCORES.precision(support, p, c),
      recall: CLASS_SCORES.recall(support, p, c),
      f1: CLASS_SCORES.f1(support, p, c),
      support,
    };
  });
}

/** Share of images whose prediction is right. */
export function accuracy(confusion: Confusion): number {
  return accuracyOf(classCounts(confusion));
}

/** Mean recall of the classes that have images. */
export function balancedAccuracy(confusion: Confusion): number {
  return mean(
    classScores(confusion)
      .filter(({ support }) => support > 0)
      .map(({ recall }) => recall),
  );
}

/** Mean over the classes that occur among labels or predictions, each counting the same. */
export function macro(confusion: Confusion, score: ClassScore): number {
  return macroOf(classCounts(confusion), score);
}

/** Mean over classes, each counting by its images. */
export function weighted(confusion: Confusion, score: ClassScore): number {
  const scores = classScores(confusion);
  return ratio(sum(scores.map((one) => one[score] * one.support)), sum(scores.map(({ support }) => support)));
}

function mean(values: readonly number[]): number {
  return ratio(sum(values), values.length);
}
