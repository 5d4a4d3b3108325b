// Convolutions and pools as PyTorch has them, on NCHW views of images and OIHW views of kernels.
import { dim, dims4 } from '../checks.js';
import type { Value } from '../graph.js';
import type { Binary, TypedNode } from '../operation.js';
import {
  type InputGradientAttributes,
  type KernelGradientAttributes,
  type Margins2d,
  type PoolAttributes,
  type PoolGradientInputs,
  type Window,
  extentOf,
} from '../operations/window.js';
import { type TorchEmitter, number, tuple } from './emitter.js';

/** A kernel [h, w, in, out] as [out, in, h, w]; a depthwise one [h, w, C, 1] as [C, 1, h, w]. */
function oihw(emitter: TorchEmitter, kernel: string, { role }: Value): string {
  return emitter.view(`${kernel}.permute(${role === 'depthwiseKernel' ? '2, 3, 0, 1' : '3, 2, 0, 1'})`);
}

function asKernel(emitter: TorchEmitter, gradient: string, { role }: Value): string {
  return emitter.view(`${gradient}.permute(${role === 'depthwiseKernel' ? '2, 3, 0, 1' : '2, 3, 1, 0'})`);
}

function isSymmetric(margins: Margins2d): boolean {
  return margins.every(([before, after]) => before === after);
}

/** Within margins where they are not the same on both sides; and what is left to give to the operator itself. */
function framed(
  emitter: TorchEmitter,
  image: string,
  margins: Margins2d,
  { fill = 0, limit = [Infinity, Infinity] }: { readonly fill?: number; readonly limit?: readonly number[] } = {},
): { readonly x: string; readonly padding: readonly [number, number] } {
  const x = emitter.nchw(image);
  const [[top, bottom], [left, right]] = margins;
  if (isSymmetric(margins) && top <= (limit[0] ?? 0) && left <= (limit[1] ?? 0)) return { x, padding: [top, left] };
  const padded = emitter.emit(`F.pad(${x}, ${tuple([left, right, top, bottom])}, value=${number(fill)})`);
  return { x: padded, padding: [0, 0] };
}

/** PyTorch's pools take margins of at most half a window. */
function halfOf(size: readonly number[]): number[] {
  return size.map((length) => Math.floor(length / 2));
}

/** The part of an image within margins. */
function cut(emitter: TorchEmitter, x: string, margins: Margins2d, [height, width]: readonly [number, number]): string {
  return emitter.view(`${x}.narrow(2, ${margins[0][0]}, ${height}).narrow(3, ${margins[1][0]}, ${width})`);
}

/** Of images, a kernel and maybe a bias. */
export function torchConvolution(
  emitter: TorchEmitter,
  [image, kernel, bias = 'None']: readonly string[],
  [imageValue, kernelValue]: readonly [Value, Value, ...Value[]],
  { strides, dilations, margins }: Window,
): string {
  const { x, padding } = framed(emitter, image ?? '', margins);
  const groups =
    kernelValue.role === 'depthwiseKernel' ? dim(kernelValue, 2) : dim(imageValue, 3) / dim(kernelValue, 2);
  const weight = oihw(emitter, kernel ?? '', kernelValue);
  const settings = [strides, padding, dilations].map(tuple).join(', ');
  return emitter.nhwc(emitter.emit(`F.conv2d(${x}, ${weight}, ${bias}, ${settings}, ${groups})`));
}

/** dL/d(image) from dy and the kernel: a transposed convolution. */
export function torchInputGradient(
  emitter: TorchEmitter,
  [dy, kernel]: readonly [string, string],
  { inputs: [gradient, weights], attributes }: TypedNode<InputGradientAttributes, Binary>,
): string {
  const { strides, margins, dilations, size, groups } = attributes;
  const extent = extentOf([dim(weights, 0), dim(weights, 1)], attributes);
  // What the strides left over at the bottom and right.
  const rest = ([0, 1] as const).map((axis) => {
    const seen = (dim(gradient, axis + 1) - 1) * strides[axis] + extent[axis];
    return size[axis] + margins[axis][0] + margins[axis][1] - seen;
  });
  const padding = isSymmetric(margins) ? margins.map(([before]) => before) : [0, 0];
  const weight = oihw(emitter, kernel, weights);
  const settings = `${tuple(strides)}, ${tuple(padding)}, ${tuple(rest)}, ${groups}, ${tuple(dilations)}`;
  const dx = emitter.emit(`F.conv_transpose2d(${emitter.nchw(dy)}, ${weight}, None, ${settings})`);
  return emitter.nhwc(isSymmetric(margins) ? dx : cut(emitter, dx, margins, size));
}

/** dL/d(kernel) from images and dy. */
export function torchKernelGradient(
  emitter: TorchEmitter,
  [image, dy]: readonly [string, string],
  { output, attributes }: TypedNode<KernelGradientAttributes, Binary>,
): string {
  const { strides, margins, dilations, groups } = attributes;
  const { x, padding } = framed(emitter, image, margins);
  const [height, width, ins, outs] = dims4(output);
  const size = output.role === 'depthwiseKernel' ? [ins, outs, height, width] : [outs, ins, height, width];
  const settings = [strides, padding, dilations].map(tuple).join(', ');
  const dw = emitter.emit(`conv2d_weight(${x}, ${tuple(size)}, ${emitter.nchw(dy)}, ${settings}, ${groups})`);
  return asKernel(emitter, dw, output);
}

/** The maxima of windows, and where they were, which the gradient asks for. */
function maxima(
  emitter: TorchEmitter,
  image: string,
  attributes: PoolAttributes,
  withIndices: boolean,
): readonly string[] {
  const { size, strides, dilations, margins } = attributes;
  const { x, padding } = framed(emitter, image, margins, { fill: -Infinity, limit: halfOf(size) });
  const settings = [size, strides, padding, dilations].map(tuple).join(', ');
  const inOrder = `dense(${x}, "mps")`;
  const pool = (indices: string): string => `F.max_pool2d(${inOrder}, ${settings}, return_indices=${indices})`;
  return withIndices ? [...emitter.emitMany(pool('True'), 2), inOrder] : [emitter.emit(pool('False')), '', inOrder];
}

export function torchMaxPool(
  emitter: TorchEmitter,
  image: string,
  { output, attributes }: TypedNode<PoolAttributes>,
): string {
  // With indices where the program holds the gradient as an operation, so that it runs once.
  const differentiated = emitter.readers(output).some(({ op }) => op === 'maxPoolGradient');
  return emitter.nhwc(maxima(emitter, image, attributes, differentiated)[0] ?? '');
}

export function torchMaxPoolGradient(
  emitter: TorchEmitter,
  [image, , dy]: readonly [string, string, string],
  { inputs: [value], attributes }: TypedNode<PoolAttributes, PoolGradientInputs>,
): string {
  const { size, strides, dilations, margins } = attributes;
  const [, indices, x] = maxima(emitter, image, attributes, true);
  const { padding } = framed(emitter, image, margins, { fill: -Infinity, limit: halfOf(size) });
  const settings = [size, strides, padding, dilations].map(tuple).join(', ');
  const gradient = 'torch.ops.aten.max_pool2d_with_indices_backward';
  const dx = emitter.emit(`${gradient}(${emitter.nchw(dy)}, ${x}, ${settings}, False, ${indices})`);
  const isWhole = padding[0] === margins[0][0] && padding[1] === margins[1][0] && isSymmetric(margins);
  return emitter.nhwc(isWhole ? dx : cut(emitter, dx, margins, [dim(value, 1), dim(value, 2)]));
}

/** Margins do not count: PyTorch leaves out what it pads itself; what was padded before is weighed out. */
export function torchAveragePool(
  emitter: TorchEmitter,
  image: string,
  { inputs: [value], output, attributes }: TypedNode<PoolAttributes, readonly [Value]>,
): string {
  const { size, strides, margins } = attributes;
  const { x, padding } = framed(emitter, image, margins, { limit: halfOf(size) });
  const settings = [size, strides, padding].map(tuple).join(', ');
  const means = emitter.emit(`F.avg_pool2d(dense(${x}, "cuda", "mps"), ${settings}, count_include_pad=False)`);
  if (isSymmetric(margins) && padding[0] === margins[0][0] && padding[1] === margins[1][0]) return emitter.nhwc(means);
  const inside = ([0, 1] as const).map((axis) =>
    Array.from({ length: dim(output, axis + 1) }, (_, i) => {
      const begin = i * strides[axis] - margins[axis][0];
      return Math.min(begin + size[axis], dim(value, axis + 1)) - Math.max(begin, 0);
    }),
  );
  const [rows = [], columns = []] = inside;
  const shares = rows.flatMap((row) => columns.map((column) => (size[0] * size[1]) / (row * column)));
  const factors = emitter.constant(Float32Array.from(shares), [1, 1, rows.length, columns.length]);
  return emitter.nhwc(emitter.emit(`${means} * ${factors}`));
}
