// The gradients of convolution as ONNX operators, on NCHW images and laid-out kernels. Speeds: onnxruntime on one AVX-512 core.
import { dim } from '../checks.js';
import type { Value } from '../graph.js';
import type { TypedNode } from '../operation.js';
import type { InputGradientAttributes, KernelGradientAttributes } from '../operations/conv2d.js';
import { onnxPads, type Window } from '../operations/window.js';
import type { OnnxEmitter } from './emitter.js';
import { laidOutShape } from './layout.js';

const EXCHANGE_BATCH_AND_CHANNELS = [1, 0, 2, 3];
/** Below this many channels a product per place of the kernel is too thin, and one convolution does it all faster. */
const CHANNELS_WORTH_A_PRODUCT = 16;

/** A kernel as Conv takes it: [out, in, h, w]. */
export function convolutionKernel(emitter: OnnxEmitter, kernel: string, value: Value): string {
  const [height, width, ins, outs] = value.shape as [number, number, number, number];
  return height * width === 1 ? emitter.reshape(kernel, [outs, ins, 1, 1]) : kernel;
}

/** dL/d(image) [B, in, H, W] from dy [B, out, H', W'] and the kernel. */
export function onnxInputGradient(
  emitter: OnnxEmitter,
  dy: string,
  kernel: string,
  { inputs, attributes }: TypedNode<InputGradientAttributes>,
): string {
  const [gradient, weights] = inputs as [Value, Value];
  const [height, width, ins, outs] = weights.shape as [number, number, number, number];
  const { strides, margins } = attributes;
  const outer = margins.map(([before, after], axis) => [before, after].map((n) => dim(weights, axis) - 1 - n));
  const plain = [...strides].every((stride) => stride === 1) && outer.flat().every((n) => n >= 0);
  if (plain && height * width === 1) {
    return emitter.emit('Conv', [dy, emitter.reshape(emitter.transpose(kernel, [0, 1, 3, 2]), [ins, outs, 1, 1])]);
  }
  // Convolving with the turned kernel costs a pass over its windows, ConvTranspose one over its results, in × h × w each.
  if (plain && 2 * ins > outs) {
    const bounds = [
      [-1, -1],
      [-height - 1, -width - 1],
      [2, 3],
      [-1, -1],
    ].map((list) => emitter.ints(list));
    const turned = emitter.transpose(emitter.emit('Slice', [kernel, ...bounds]), EXCHANGE_BATCH_AND_CHANNELS);
    const [[top, bottom], [left, right]] = outer as [[number, number], [number, number]];
    return emitter.emit('Conv', [dy, turned], { pads: [top, left, bottom, right] });
  }
  return transposedConvolution(
    emitter,
    dy,
    convolutionKernel(emitter, kernel, weights),
    [gradient, weights],
    attributes,
    1,
  );
}

/** The same for kernels [C, 1, h, w]. */
export function onnxDepthwiseInputGradient(
  emitter: OnnxEmitter,
  dy: string,
  kernel: string,
  { inputs, output, attributes }: TypedNode<InputGradientAttributes>,
): string {
  return transposedConvolution(emitter, dy, kernel, inputs as [Value, Value], attributes, dim(output, 3));
}

/** dL/d(kernel) from images [B, in, H, W] and dy [B, out, H', W']. */
export function onnxKernelGradient(
  emitter: OnnxEmitter,
  x: string,
  dy: string,
  { inputs, output, attributes }: TypedNode<KernelGradientAttributes>,
): string {
  const [image, gradient] = inputs as [Value, Value];
  const [ins, outs] = [dim(image, 3), dim(gradient, 3)];
  const { size } = attributes;
  const images = emitter.transpose(x, EXCHANGE_BATCH_AND_CHANNELS);
  const gradients = emitter.transpose(dy, EXCHANGE_BATCH_AND_CHANNELS);
  if (ins < CHANNELS_WORTH_A_PRODUCT && size[0] * size[1] > 1) {
    const { pads } = framing(image, gradient, attributes);
    const data = cropped(emitter, images, image, gradient, attributes);
    const correlated = emitter.emit('Conv', [data, gradients], { dilations: attributes.strides, pads });
    return emitter.transpose(correlated, EXCHANGE_BATCH_AND_CHANNELS);
  }
  // For each place of the kernel: dy · (what that place saw)ᵀ, over all images and positions at once.
  const rows = emitter.reshape(gradients, [outs, -1]);
  const products = views(emitter, images, image, gradient, attributes).map((view) =>
    emitter.emit('Gemm', [rows, emitter.reshape(view, [ins, -1])], { transB: 1 }),
  );
  if (products.length === 1) return emitter.reshape(products[0] as string, laidOutShape(output));
  const places = products.map((product) => emitter.reshape(product, [outs, ins, 1]));
  return emitter.reshape(emitter.emit('Concat', places, { axis: 2 }), laidOutShape(output));
}

/** dL/d(kernel) [C, 1, h, w] from images [B, C, H, W] and dy [B, C, H', W']: one convolution with B·C groups. */
export function onnxDepthwiseKernelGradient(
  emitter: OnnxEmitter,
  x: string,
  dy: string,
  { inputs, attributes }: TypedNode<KernelGradientAttributes>,
): string {
  const [image, gradient] = inputs as [Value, Value];
  const [batch, channels] = [dim(image, 0), dim(image, 3)];
  const group = batch * channels;
  const { pads, seen } = framing(image, gradient, attributes);
  const images = emitter.reshape(cropped(emitter, x, image, gradient, attributes), [1, group, ...seen]);
  const windows = emitter.reshape(dy, [group, 1, dim(gradient, 1), dim(gradient, 2)]);
  const perImage = emitter.emit('Conv', [images, windows], { dilations: attributes.strides, pads, group });
  const stacked = emitter.reshape(perImage, [batch, channels, 1, ...attributes.size]);
  return emitter.emit('ReduceSum', [stacked, emitter.ints([0])], { keepdims: 0 });
}

function transposedConvolution(
  emitter: OnnxEmitter,
  dy: string,
  kernel: string,
  [gradient, weights]: readonly [Value, Value],
  { size, strides, margins }: InputGradientAttributes,
  group: number,
): string {
  // What the strides left over at the bottom and right; ONNX adds it back as output padding.
  const rest = ([0, 1] as const).map((axis) => {
    const seen = (dim(gradient, axis + 1) - 1) * strides[axis] + dim(weights, axis);
    return size[axis] + margins[axis][0] + margins[axis][1] - seen;
  });
  const attributes = { strides, pads: onnxPads({ margins }), output_padding: rest, group };
  return emitter.emit('ConvTranspose', [dy, kernel], attributes);
}

/**
 * What the windows saw: `seen` rows and columns of the image itself, and the margins around them that complete
 * (H' − 1) · stride + h rows, columns likewise.
 */
function framing(
  image: Value,
  gradient: Value,
  { size, strides, margins }: KernelGradientAttributes,
): { seen: number[]; pads: number[] } {
  const extent = ([0, 1] as const).map((axis) => (dim(gradient, axis + 1) - 1) * strides[axis] + size[axis]);
  const seen = extent.map((length, axis) => Math.min(dim(image, axis + 1), length - (margins[axis]?.[0] as number)));
  const after = extent.map((length, axis) => length - (margins[axis]?.[0] as number) - (seen[axis] as number));
  return { seen, pads: [margins[0][0], margins[1][0], ...after] };
}

/** An image without the rows and columns at its end that no window saw. */
function cropped(
  emitter: OnnxEmitter,
  name: string,
  image: Value,
  gradient: Value,
  attributes: KernelGradientAttributes,
): string {
  const { seen } = framing(image, gradient, attributes);
  if (seen.every((length, axis) => length === dim(image, axis + 1))) return name;
  return emitter.emit('Slice', [name, emitter.ints([0, 0]), emitter.ints(seen), emitter.ints([2, 3])]);
}

/** For each place of the kernel, row by row, the pixels [in, B, H', W'] that it met. */
function views(
  emitter: OnnxEmitter,
  images: string,
  image: Value,
  gradient: Value,
  { size, strides, margins }: KernelGradientAttributes & Window,
): string[] {
  const before = [margins[0][0], margins[1][0]] as const;
  const length = ([0, 1] as const).map((axis) => {
    const extent = (dim(gradient, axis + 1) - 1) * strides[axis] + size[axis];
    return Math.max(extent, dim(image, axis + 1) + before[axis]);
  });
  const after = length.map((total, axis) => total - dim(image, axis + 1) - (before[axis] as number));
  const margined = [...before, ...after].some((n) => n > 0);
  const framed = margined ? emitter.emit('Pad', [images, emitter.ints([0, 0, ...before, 0, 0, ...after])]) : images;
  const along = (name: string, axis: 0 | 1): string[] =>
    Array.from({ length: size[axis] }, (_, offset) => {
      const steps = dim(gradient, axis + 1);
      if (steps === length[axis] && strides[axis] === 1) return name;
      const end = offset + (steps - 1) * strides[axis] + 1;
      return emitter.emit('Slice', [
        name,
        ...[[offset], [end], [axis + 2], [strides[axis]]].map((list) => emitter.ints(list)),
      ]);
    });
  const columns = along(framed, 1);
  return Array.from({ length: size[0] }, (_, row) => columns.map((column) => along(column, 0)[row] as string)).flat();
}
