// Which images make up each batch of an epoch: functions of identity alone.
import { RandomStream } from '../../math/random.js';

/** Who draws: everything random in a trial follows from this. */
export interface TrialIdentity {
  readonly seed: number;
  readonly trial: number;
}

/**
 * The batches of an epoch, as positions among the images; the last may be smaller.
 * shuffle: each image once. balanced: as many draws as images, with replacement, every class as likely.
 */
export function epochBatches(
  identity: TrialIdentity,
  epoch: number,
  labels: Uint32Array,
  batchSize: number,
  sampling: 'shuffle' | 'balanced',
): Uint32Array[] {
  const random = RandomStream.of(identity.seed, 'order', identity.trial, epoch);
  const order = sampling === 'shuffle' ? random.permutation(labels.length) : balancedDraws(labels, random);
  return cutIntoBatches(order, batchSize);
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
