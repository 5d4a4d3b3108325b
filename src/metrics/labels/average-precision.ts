// How well a label's probability ranks the images that have it above those that do not.
import type { LabelRanking } from './scored-labels.js';

/**
 * Average precision: Σ (Rₙ − Rₙ₋₁) · Pₙ over the thresholds from high to low, equal scores at once, as scikit-learn's
 * average_precision_score. Undefined where no image has the label.
 * @param weights how much each image counts; 1 where not given.
 */
export function averagePrecision(
  { order, scores, isPositive }: LabelRanking,
  weights?: ArrayLike<number>,
): number | undefined {
  let [positives, all, sum] = [0, 0, 0];
  for (let i = order.length - 1; i >= 0;) {
    const score = scores[order[i]!]!;
    const before = positives;
    for (; i >= 0 && scores[order[i]!] === score; i--) {
      const image = order[i]!;
      const weight = weights === undefined ? 1 : weights[image]!;
      all += weight;
      if (isPositive[image] === 1) positives += weight;
    }
    if (all > 0) sum += (positives - before) * (positives / all);
  }
  return positives === 0 ? undefined : sum / positives;
}
