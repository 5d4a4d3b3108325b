// mixup and CutMix of a batch, where its features enter the trained part of the network.
import type { RandomStream } from '../../math/random.js';

/** A batch in row-major order, channels first; changed in place. */
export interface MixableBatch {
  readonly features: Float32Array;
  /** Of one image: [channels] or [height, width, channels]. */
  readonly shape: readonly number[];
  readonly labels: Float32Array;
  /** Of each image in the loss. */
  readonly weights: Float32Array;
  readonly size: number;
}

export interface MixingOptions {
  /** α of the Beta distribution; 0 is off. */
  readonly mixup: number;
  readonly cutmix: number;
}

/**
 * Mixes each image with a partner of the same batch: mixup by λ ~ Beta(α, α) (Zhang et al. 2018), at a hidden layer as in manifold mixup
 * (Verma et al. 2019), since the layers below the cut are frozen and cached; CutMix by a rectangle of share 1 − λ (Yun et al. 2019). With both
 * on, a coin decides for each batch. Pooled features have no positions, so CutMix blends them by the rectangle's share.
 */
export function mixBatch(batch: MixableBatch, options: MixingOptions, random: RandomStream): void {
  if (options.mixup === 0 && options.cutmix === 0) return;
  const cuts = options.cutmix > 0 && (options.mixup === 0 || random.integer(2) === 1);
  const alpha = cuts ? options.cutmix : options.mixup;
  const lambda = random.beta(alpha, alpha);
  const partners = random.permutation(batch.size);
  const spatial = cuts && batch.shape.length === 3;
  const own = spatial
    ? paste(batch, partners, lambda, random)
    : blendRows(batch.features, partners, lambda, batch.size);
  blendRows(batch.labels, partners, own, batch.size);
  blendRows(batch.weights, partners, own, batch.size);
}

/** Each of `size` rows becomes λ · itself + (1 − λ) · its partner's row. */
function blendRows(rows: Float32Array, partners: Uint32Array, lambda: number, size: number): number {
  const length = rows.length / size;
  const before = rows.slice();
  for (let i = 0; i < size; i++) {
    const partner = (partners[i] as number) * length;
    for (let k = 0; k < length; k++) {
      rows[i * length + k] =
        lambda * (before[i * length + k] as number) + (1 - lambda) * (before[partner + k] as number);
    }
  }
  return lambda;
}

/** Pastes one rectangle of about (1 − λ) of the area from each partner; returns the share of the image's own pixels. */
function paste(
  { features, shape, size }: MixableBatch,
  partners: Uint32Array,
  lambda: number,
  random: RandomStream,
): number {
  const [height, width, channels] = shape as [number, number, number];
  const [top, bottom] = interval(height, Math.sqrt(1 - lambda), random);
  const [left, right] = interval(width, Math.sqrt(1 - lambda), random);
  const before = features.slice();
  const plane = height * width;
  for (let i = 0; i < size; i++) {
    const partner = partners[i] as number;
    for (let channel = 0; channel < channels; channel++) {
      for (let row = top; row < bottom; row++) {
        const offset = channel * plane + row * width;
        const from = partner * channels * plane + offset;
        features.set(before.subarray(from + left, from + right), i * channels * plane + offset + left);
      }
    }
  }
  return 1 - ((bottom - top) * (right - left)) / plane;
}

/** A stretch of about `share` of the length, its centre uniform, cut off at the ends. */
function interval(length: number, share: number, random: RandomStream): [number, number] {
  const half = (length * share) / 2;
  const centre = random.uniform(0, length);
  return [Math.max(0, Math.round(centre - half)), Math.min(length, Math.round(centre + half))];
}
