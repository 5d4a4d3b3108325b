// Whether probabilities mean what they say, and how to mend them with one number: the temperature.
import { predictionsOf, type Scored } from './confusion.js';

const BINS = 15;

/**
 * The expected calibration error in [0, 1]: how far the confidence in a prediction lies from the share of right ones among predictions of
 * like confidence, in the mean over images. 15 bins of equal width, as C. Guo, G. Pleiss, Y. Sun, K. Weinberger, 'On Calibration of Modern
 * Neural Networks', ICML 2017. 0 without images.
 */
export function calibrationError(scored: Scored): number {
  const { labels, probabilities, classCount } = scored;
  const bins = Array.from({ length: BINS }, () => ({ confidence: 0, right: 0 }));
  predictionsOf(scored).forEach((predicted, i) => {
    const confidence = probabilities[i * classCount + predicted]!;
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))];
    if (bin === undefined) return;
    bin.confidence += confidence;
    bin.right += Number(labels[i] === predicted);
  });
  const gap = bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0);
  return labels.length === 0 ? 0 : gap / labels.length;
}

/** A model's probabilities [images, classes], with its share in a mean of several. */
export interface Member {
  readonly probabilities: ArrayLike<number>;
  readonly share: number;
}

/** The least probability that a logarithm is taken of: that of the smallest float32. */
const LEAST = 1.2e-38;

/** The mean of the members' probabilities, each at this temperature: softmax(logits / temperature). Shares add up to 1. */
export function meanAtTemperature(members: readonly Member[], classCount: number, temperature: number): Float32Array {
  const length = members[0]?.probabilities.length ?? 0;
  const mean = new Float32Array(length);
  const row = new Float64Array(classCount);
  for (const { probabilities, share } of members) {
    for (let start = 0; start < length; start += classCount) {
      let [sum, most] = [0, 0];
      for (let k = 0; k < classCount; k++) most = Math.max(most, probabilities[start + k]!);
      for (let k = 0; k < classCount; k++) {
        const relative = Math.max(probabilities[start + k]!, LEAST) / Math.max(most, LEAST);
        row[k] = Math.exp(Math.log(relative) / temperature);
        sum += row[k]!;
      }
      for (let k = 0; k < classCount; k++) mean[start + k]! += (share * row[k]!) / sum;
    }
  }
  return mean;
}

/** The logarithms between which a temperature is looked for, and how often the range is cut. */
const RANGE = [Math.log(0.05), Math.log(20)] as const;
const CUTS = 60;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The temperature with the least log loss on these images (Guo et al. 2017), the same for all members; 1 where none is better than that.
 * The loss of one model has one minimum, which a golden-section search finds.
 */
export function bestTemperature(members: readonly Member[], labels: ArrayLike<number>, classCount: number): number {
  if (labels.length === 0) return 1;
  const lossAt = (log: number): number => {
    const probabilities = meanAtTemperature(members, classCount, Math.exp(log));
    let loss = 0;
    // Not clipped, as the metric is: of sure mistakes any temperature would be as good.
    for (let i = 0; i < labels.length; i++)
      loss -= Math.log(Math.max(probabilities[i * classCount + labels[i]!]!, LEAST));
    return loss;
  };
  let [low, high] = RANGE;
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [lossA, lossB] = [lossAt(a), lossAt(b)];
  for (let cut = 0; cut < CUTS && high - low > 1e-4; cut++) {
    if (lossA <= lossB) {
      [high, b, lossB] = [b, a, lossA];
      a = high - GOLDEN * (high - low);
      lossA = lossAt(a);
    } else {
      [low, a, lossA] = [a, b, lossB];
      b = low + GOLDEN * (high - low);
      lossB = lossAt(b);
    }
  }
  const log = (low + high) / 2;
  return lossAt(log) < lossAt(0) ? Math.exp(log) : 1;
}
