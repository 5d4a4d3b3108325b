// How canonical arrays are laid out for ONNX: images NCHW, kernels OIHW, depthwise kernels C1HW.
import { sizeOf, type Role } from '../host-tensor.js';

/** For each dimension of the laid-out array, the canonical dimension that it is. */
const PERMUTATIONS: Readonly<Record<Exclude<Role, 'plain'>, readonly number[]>> = {
  image: [0, 3, 1, 2],
  kernel: [3, 2, 0, 1],
  depthwiseKernel: [2, 3, 0, 1],
};

/** For each laid-out dimension the canonical one; the identity for plain arrays of that rank. */
export function layoutOf(role: Role, rank: number): readonly number[] {
  return role === 'plain' ? Array.from({ length: rank }, (_, i) => i) : PERMUTATIONS[role];
}

/** The permutation that undoes one. */
export function inverseOf(permutation: readonly number[]): number[] {
  return permutation.map((_, i) => permutation.indexOf(i));
}

export function permute<T>(items: readonly T[], permutation: readonly number[]): T[] {
  return permutation.map((from) => items[from] as T);
}

/** The laid-out shape of a canonical shape. */
export function laidOutShape(shape: readonly number[], role: Role): number[] {
  return permute(shape, layoutOf(role, shape.length));
}

/** Copies `data` of `shape` so that dimension i of the result is dimension permutation[i] of the source. */
export function transposed(data: Float32Array, shape: readonly number[], permutation: readonly number[]): Float32Array {
  const result = new Float32Array(sizeOf(shape));
  const sourceStrides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const strides = permute(sourceStrides, permutation);
  const dimensions = permute(shape, permutation);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if (index[axis] !== dimensions[axis]) break;
      from -= (strides[axis] as number) * (dimensions[axis] as number);
      index[axis] = 0;
    }
  }
  return result;
}
