// From probabilities to predictions and the confusion matrix.
import { HpoError } from '../study/errors.js';

/** What a model said of labelled images. */
export interface Scored {
  /** The actual class of each image, 0 … classCount − 1; N of them. */
  readonly labels: ArrayLike<number>;
  /** [N, classCount], row by row; each row sums to 1. */
  readonly probabilities: ArrayLike<number>;
  readonly classCount: number;
}

/** confusion[actual][predicted], image counts. */
export type Confusion = readonly (readonly number[])[];

/**
 * The most probable class of each image; the first of equals.
 * @throws HpoError ERR_DIVERGED where a probability is not finite.
 */
export function predictionsOf({ labels, probabilities, classCount }: Scored): Int32Array {
  if (probabilities.length !== labels.length * classCount) {
    throw new RangeError(`expected ${labels.length} × ${classCount} probabilities, got ${probabilities.length}`);
  }
  const predictions = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let k = 0; k < classCount; k++) {
      const probability = probabilities[i * classCount + k]!;
      if (!Number.isFinite(probability)) {
        throw new HpoError(
          'ERR_DIVERGED',
          `expected finite probabilities, got ${probability} for class ${k} of image ${i}`,
        );
      }
      if (probability > probabilities[i * classCount + best]!) best = k;
    }
    predictions[i] = best;
  }
  return predictions;
}

/** Counts each pair of actual and predicted class. */
export function confusionOf(labels: ArrayLike<number>, predictions: ArrayLike<number>, classCount: number): number[][] {
  const confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let i = 0; i < labels.length; i++) {
    const row = confusion[labels[i]!];
    if (row === undefined) throw new RangeError(`expected labels below ${classCount}, got ${labels[i]} for image ${i}`);
    row[predictions[i]!]!++;
  }
  return confusion;
}
