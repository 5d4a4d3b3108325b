// How sure a mean over folds is: the corrected resampled t of Nadeau and Bengio.
import { studentQuantile } from '../math/student-t.js';
import type { Interval } from './bootstrap.js';

const LEVEL = 0.95;

/**
 * The interval of a metric's mean over folds. Folds share most of their training images, so their values depend on each other, and the usual
 * variance of a mean is too small. C. Nadeau and Y. Bengio ('Inference for the Generalization Error', Machine Learning 2003) replace 1/n by
 * 1/n + n₂/n₁, with n₂ images for validation and n₁ for training: of K parts, 1/(K − 1). Student's t with n − 1 degrees of freedom.
 * Shares stay within [0, 1].
 * @param values of n folds, over all repeats. @param parts K, that the images are divided into.
 * @returns undefined for fewer than three values: a deviation of two says next to nothing; and where all are equal, which few images make
 *     likely: that others would be the same does not follow.
 */
export function foldInterval(values: readonly number[], parts: number): Interval | undefined {
  const n = values.length;
  if (n < 3 || parts < 2) return undefined;
  const value = values.reduce((sum, one) => sum + one, 0) / n;
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (n - 1);
  if (variance === 0) return undefined;
  const half = studentQuantile((1 + LEVEL) / 2, n - 1) * Math.sqrt(variance * (1 / n + 1 / (parts - 1)));
  const areShares = values.every((one) => one >= 0 && one <= 1);
  const [least, most] = areShares ? [0, 1] : [-Infinity, Infinity];
  return { value, low: Math.max(least, value - half), high: Math.min(most, value + half), level: LEVEL };
}
