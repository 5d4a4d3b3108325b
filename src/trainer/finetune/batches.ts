// Which images make up each batch of an epoch, and the dropout of their features: functions of identity alone.
import { RandomStream } from '../../math/random.js';

/** Who draws: everything random in a trial follows from this. */
export interface TrialIdentity {
  readonly seed: number;
  readonly trial: number;
}

/** The positions 0 … images − 1 in a random order, cut into batches; the last may be smaller. */
export function epochBatches(identity: TrialIdentity, epoch: number, images: number, batchSize: number): Uint32Array[] {
  const order = RandomStream.of(identity.seed, 'order', identity.trial, epoch).permutation(images);
  return cutIntoBatches(order, batchSize);
}

/** 0 … images − 1 in order, in batches. */
export function orderedBatches(images: number, batchSize: number): Uint32Array[] {
  return cutIntoBatches(
    Uint32Array.from({ length: images }, (_, i) => i),
    batchSize,
  );
}

function cutIntoBatches(order: Uint32Array, batchSize: number): Uint32Array[] {
  const batches: Uint32Array[] = [];
  for (let start = 0; start < order.length; start += batchSize) batches.push(order.subarray(start, start + batchSize));
  return batches;
}

/** Inverted dropout (Srivastava et al. 2014): each number is 0 with probability `rate`, else 1 / (1 − rate). */
export function fillDropoutMask(mask: Float32Array, rate: number, random: RandomStream): void {
  if (rate === 0) {
    mask.fill(1);
    return;
  }
  const kept = 1 / (1 - rate);
  const threshold = rate * 0x1_0000_0000;
  for (let i = 0; i < mask.length; i++) mask[i] = random.nextUint32() < threshold ? 0 : kept;
}

/** Rows of 0 and 1, shape [positions, classes]. */
export function oneHot(labels: ArrayLike<number>, positions: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(positions.length * classes);
  for (let i = 0; i < positions.length; i++) rows[i * classes + (labels[positions[i] as number] as number)] = 1;
  return rows;
}
