// What a batch is made of: images, label rows, class weights, dropout masks.
import { RandomStream } from '../../math/random.js';
import { HpoError } from '../../study/errors.js';

/** Everything random in a trial follows from this. */
export interface TrialIdentity {
  readonly seed: number;
  readonly trial: number;
}

/** The class of each image by position, or of images with several labels theirs. */
export type ImageLabels = Uint32Array | readonly (readonly number[])[];

/**
 * The batches of an epoch, as positions among the images; the last may be smaller.
 * shuffle: each image once. balanced: as many draws as images, with replacement, every class as likely.
 * @throws HpoError ERR_STUDY_INVALID for balanced draws of images with several labels, which are of no single class.
 */
export function epochBatches(
  identity: TrialIdentity,
  epoch: number,
  labels: ImageLabels,
  batchSize: number,
  sampling: 'shuffle' | 'balanced',
): Uint32Array[] {
  const random = RandomStream.of(identity.seed, 'order', identity.trial, epoch);
  if (sampling === 'shuffle') return cutIntoBatches(random.permutation(labels.length), batchSize);
  if (labels instanceof Uint32Array) return cutIntoBatches(balancedDraws(labels, random), batchSize);
  throw new HpoError(
    'ERR_STUDY_INVALID',
    "expected training.sampling 'shuffle' for images with several labels, which are of no single class, got 'balanced'",
  );
}

/** 0 … images − 1 in order, in batches. */
export function orderedBatches(images: number, batchSize: number): Uint32Array[] {
  return cutIntoBatches(
    Uint32Array.from({ length: images }, (_, i) => i),
    batchSize,
  );
}

/** The weight of each class in the loss: 1 for all, or inversely to its share, with mean 1 over the images. */
export function classWeights(labels: Uint32Array, classes: number, kind: 'none' | 'balanced'): Float32Array {
  if (kind === 'none') return new Float32Array(classes).fill(1);
  const counts = new Float32Array(classes);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 0 : labels.length / (present * count)));
}

/** What the binary cross-entropy of each label counts, by class: of images with it, and of those without. */
export interface LabelWeights {
  readonly present: Float32Array;
  readonly absent: Float32Array;
}

/**
 * 1 for all; or balanced: of each label both sides count the same in sum, with mean 1 over the images. A label that all images have, or
 * none, counts 1.
 */
export function labelWeights(
  labels: readonly (readonly number[])[],
  classes: number,
  kind: 'none' | 'balanced',
): LabelWeights {
  const counts = new Float64Array(classes);
  for (const ofImage of labels) for (const label of ofImage) counts[label] = counts[label]! + 1;
  const images = labels.length;
  const weigh = (count: number): number =>
    kind === 'none' || count === 0 || count === images ? 1 : images / (2 * count);
  return {
    present: Float32Array.from(counts, weigh),
    absent: Float32Array.from(counts, (count) => weigh(images - count)),
  };
}

/**
 * The weight of each image in the loss, scaled to mean 1, so that learning rates mean the same with and without weights. Undefined where
 * all are equal.
 * @throws HpoError ERR_DATA where all are 0.
 */
export function sampleWeights(weights: readonly number[]): Float32Array | undefined {
  const [first = 1] = weights;
  const isSame = weights.every((weight) => weight === first);
  if (isSame && first > 0) return undefined;
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  if (!(mean > 0))
    throw new HpoError('ERR_DATA', 'expected training images with weights above 0, got 0 for all of them');
  return Float32Array.from(weights, (weight) => weight / mean);
}

/**
 * Rows of 0 and 1, shape [positions, classes], of images with several labels. `smoothing` pulls that share of each number towards ½, as
 * in Keras's BinaryCrossentropy.
 */
export function multilabelRows(
  labels: readonly (readonly number[])[],
  positions: ArrayLike<number>,
  classes: number,
  smoothing: number,
): Float32Array {
  const rows = new Float32Array(positions.length * classes).fill(smoothing / 2);
  for (let i = 0; i < positions.length; i++) {
    for (const label of labels[positions[i]!] ?? []) rows[i * classes + label] = 1 - smoothing / 2;
  }
  return rows;
}

/** Rows of 0 and 1, shape [positions, classes]; `smoothing` spreads that share of each row over all classes (Szegedy et al. 2016). */
export function labelRows(
  labels: ArrayLike<number>,
  positions: ArrayLike<number>,
  classes: number,
  smoothing: number,
): Float32Array {
  const rows = new Float32Array(positions.length * classes).fill(smoothing / classes);
  for (let i = 0; i < positions.length; i++) {
    const cell = i * classes + (labels[positions[i] as number] as number);
    rows[cell] = (rows[cell] as number) + 1 - smoothing;
  }
  return rows;
}

/**
 * Inverted dropout (Srivastava et al. 2014): each number is 0 with probability `rate`, else 1 / (1 − rate). Drawn on the host, so that
 * every engine drops the same.
 */
export function fillDropoutMask(mask: Float32Array, rate: number, random: RandomStream): void {
  if (rate === 0) {
    mask.fill(1);
    return;
  }
  const scale = 1 / (1 - rate);
  const threshold = rate * 0x1_0000_0000;
  const draws = new Uint32Array(mask.length);
  random.fillUint32(draws);
  for (let i = 0; i < mask.length; i++) mask[i] = (draws[i] as number) < threshold ? 0 : scale;
}

function balancedDraws(labels: Uint32Array, random: RandomStream): Uint32Array {
  const members = new Map<number, number[]>();
  labels.forEach((label, position) => {
    const known = members.get(label);
    if (known === undefined) members.set(label, [position]);
    else known.push(position);
  });
  const classes = [...members.keys()].sort((a, b) => a - b).map((label) => members.get(label) as number[]);
  return Uint32Array.from({ length: labels.length }, () => random.pick(random.pick(classes)));
}

function cutIntoBatches(order: Uint32Array, batchSize: number): Uint32Array[] {
  const batches: Uint32Array[] = [];
  for (let start = 0; start < order.length; start += batchSize) batches.push(order.subarray(start, start + batchSize));
  return batches;
}
