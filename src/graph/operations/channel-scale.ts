// A gradient by images that ends with a factor for each channel: whoever is linear in it applies the factor to something smaller.
import type { GraphBuilder } from '../builder.js';
import { dim } from '../checks.js';
import type { Value } from '../graph.js';
import { multiply, multiplyOperation } from './arithmetic.js';
import { reshape } from './reshape.js';

export interface Scaled {
  readonly value: Value;
  /** [C]; undefined: 1. */
  readonly scale: Value | undefined;
}

/** images [B, H, W, C] as value · scale. */
export function withoutScale(g: GraphBuilder, images: Value): Scaled {
  const node = g.nodeOf(images);
  const [value, scale] = node?.inputs ?? [];
  const isScaled = node?.op === multiplyOperation.name && value?.role === 'image' && scale?.shape.length === 1;
  return isScaled ? { value, scale } : { value: images, scale: undefined };
}

/** A kernel [h, w, in, out] or [h, w, C, 1], or a bias [out], with a factor for each channel that it makes. */
export function scaled(g: GraphBuilder, kernel: Value, scale: Value | undefined): Value {
  if (scale === undefined) return kernel;
  if (kernel.role !== 'depthwiseKernel') return multiply(g, kernel, scale);
  return multiply(g, kernel, reshape(g, scale, [1, 1, dim(scale, 0), 1], 'depthwiseKernel'));
}
