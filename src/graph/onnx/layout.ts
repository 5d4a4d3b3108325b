// How canonical arrays are laid out for ONNX: images NCHW, kernels OIHW but those of one pixel HWOI, depthwise kernels C1HW.
import { must } from '../../system/must.js';
import { sizeOf, type HostTensor } from '../host-tensor.js';

type Shaped = Pick<HostTensor, 'shape' | 'role'>;

/**
 * For each dimension of the laid-out array the canonical dimension that it is. Kernels of one pixel keep their ones in
 * front: onnxruntime broadcasts over trailing ones element by element, fifteen times slower, and optimizers do much of that.
 */
export function layoutOf(value: Shaped): readonly number[] {
  switch (value.role) {
    case 'plain':
      return value.shape.map((_, i) => i);
    case 'image':
      return [0, 3, 1, 2];
    case 'kernel':
      return isPointwise(value) ? [0, 1, 3, 2] : [3, 2, 0, 1];
    case 'depthwiseKernel':
      return [2, 3, 0, 1];
  }
}

/** Whether a value is a kernel of one pixel. */
export function isPointwise({ shape, role }: Shaped): boolean {
  return role === 'kernel' && shape[0] === 1 && shape[1] === 1;
}

/** The permutation that undoes one. */
export function inverseOf(permutation: readonly number[]): number[] {
  return permutation.map((_, i) => permutation.indexOf(i));
}

export function permute<T>(items: readonly T[], permutation: readonly number[]): T[] {
  return permutation.map((from) => must(items[from], 'an axis of the value'));
}

export function laidOutShape(value: Shaped): number[] {
  return permute(value.shape, layoutOf(value));
}

/** Copies `data` of `shape` so that dimension i of the result is dimension permutation[i] of the source. */
export function transposed(data: Float32Array, shape: readonly number[], permutation: readonly number[]): Float32Array {
  if (permutation.every((from, to) => from === to)) return data.slice();
  const result = new Float32Array(sizeOf(shape));
  const sourceStrides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const strides = permute(sourceStrides, permutation);
  const dimensions = permute(shape, permutation);
  // The last dimension in a loop of its own; what is left of the others goes on like a counter's digits.
  const last = shape.length - 1;
  const [length, stride] = [dimensions[last]!, strides[last]!];
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length;) {
    for (let i = 0, at = from; i < length; i++, at += stride) result[to++] = data[at]!;
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis] = index[axis]! + 1;
      if (index[axis] !== dimensions[axis]) break;
      from -= strides[axis]! * dimensions[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
