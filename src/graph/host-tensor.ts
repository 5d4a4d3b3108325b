// Arrays at rest: plain typed arrays in one canonical layout, whatever engine made them.

/**
 * What the dimensions of an array mean, so that an engine can lay it out in its own way:
 * image [batch, height, width, channels], kernel [height, width, in, out], depthwiseKernel [height, width, channels, 1],
 * plain: anything else, never rearranged.
 */
export type Role = 'plain' | 'image' | 'kernel' | 'depthwiseKernel';

export interface HostTensor {
  /** In canonical order, as `role` says. */
  readonly shape: readonly number[];
  readonly role: Role;
  readonly data: Float32Array;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** The lowest float32: below any number that a network makes, and zero times it is zero. */
export const LOWEST = -3.4028234663852886e38;

/** How weights are stored in a file. What computes with them is float32 in both cases. */
export const WEIGHT_TYPES = ['float32', 'float16'] as const;
export type WeightType = (typeof WEIGHT_TYPES)[number];
