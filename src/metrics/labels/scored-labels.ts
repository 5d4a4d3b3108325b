// What a model said of images with several labels each, and the order in which it ranks them.
import { HpoError } from '../../study/errors.js';

export interface ScoredLabels {
  /** Of each image: the labels that it has, 0 … classCount − 1, each once; N of them. */
  readonly labels: readonly (readonly number[])[];
  /** [N, classCount], row by row, float32: of each label on its own. */
  readonly probabilities: ArrayLike<number>;
  /** Of labels. */
  readonly classCount: number;
}

/** @throws HpoError ERR_DIVERGED where a probability is not finite. */
function checkScored({ labels, probabilities, classCount }: ScoredLabels): void {
  if (probabilities.length !== labels.length * classCount) {
    throw new RangeError(`expected ${labels.length} × ${classCount} probabilities, got ${probabilities.length}`);
  }
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i]!;
    if (Number.isFinite(probability)) continue;
    const [image, label] = [Math.floor(i / classCount), i % classCount];
    throw new HpoError(
      'ERR_DIVERGED',
      `expected finite probabilities, got ${probability} for label ${label} of image ${image}`,
    );
  }
}

/** The images of one label in rising order of its probability. */
export interface LabelRanking {
  /** Image numbers. */
  readonly order: Uint32Array;
  /** Of image i, not in order. */
  readonly scores: Float32Array;
  /** Of image i: 1 where it has the label. */
  readonly isPositive: Uint8Array;
}

/** Numbers of images that fit into a double beside a float32's bits. */
const MOST_IMAGES = 2 ** 21;

/** Sorted as numbers that hold score and image: without a function that compares, which is many times slower. */
export function rankLabel({ labels, probabilities, classCount }: ScoredLabels, label: number): LabelRanking {
  const scores = Float32Array.from({ length: labels.length }, (_, i) => probabilities[i * classCount + label]!);
  const isPositive = Uint8Array.from(labels, (ofImage) => (ofImage.includes(label) ? 1 : 0));
  if (labels.length > MOST_IMAGES) {
    const order = Uint32Array.from(labels.keys());
    return { order: order.sort((a, b) => scores[a]! - scores[b]! || a - b), scores, isPositive };
  }
  // The bits of floats of at least 0 are in the order of their values.
  const bits = new Uint32Array(scores.buffer);
  const keys = Float64Array.from(bits, (one, i) => one * MOST_IMAGES + i).sort();
  return { order: Uint32Array.from(keys, (key) => key % MOST_IMAGES), scores, isPositive };
}

/** The rankings of all labels. */
export function rankLabels(scored: ScoredLabels): LabelRanking[] {
  checkScored(scored);
  return Array.from({ length: scored.classCount }, (_, label) => rankLabel(scored, label));
}
