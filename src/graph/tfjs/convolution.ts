// The gradients of convolution in tfjs-core: kernels where a backend has them, else composed of convolutions and products.
import type { Binary, TypedNode } from '../operation.js';
import type { InputGradientAttributes, KernelGradientAttributes } from '../operations/window.js';
import { extentOf, isDilated, tfjsPadding, type Window } from '../operations/window.js';
import { pair, type TfjsLowering, type TfjsTensor } from './lowering.js';
import { must } from '../../system/must.js';
import { hasForeignMargins } from './margins.js';

/** dL/d(image) [B, H, W, in] from dy [B, H', W', out] and the kernel [h, w, in, out]. */
export function inputGradient(
  lowering: TfjsLowering,
  dy: TfjsTensor<4>,
  kernel: TfjsTensor<4>,
  { output, attributes }: TypedNode<InputGradientAttributes>,
): TfjsTensor {
  const { tf } = lowering;
  const { groups } = attributes;
  if (groups === 1) return groupInputGradient(lowering, dy, kernel, output.shape, attributes);
  const kernels = tf.split<TfjsTensor<4>>(kernel, groups, 3);
  const shape = [...output.shape.slice(0, 3), kernel.shape[2]];
  const parts = tf
    .split<TfjsTensor<4>>(dy, groups, 3)
    .map((part, i) =>
      groupInputGradient(lowering, part, must(kernels[i], 'a kernel of each group'), shape, attributes),
    );
  return tf.concat(parts, 3);
}

function groupInputGradient(
  lowering: TfjsLowering,
  dy: TfjsTensor<4>,
  kernel: TfjsTensor<4>,
  shape: readonly number[],
  attributes: InputGradientAttributes,
): TfjsTensor {
  const { tf } = lowering;
  const [height, width, inChannels, outChannels] = kernel.shape;
  const composes = lowering.composeGradients || isDilated(attributes);
  if (!composes && !hasForeignMargins(lowering, attributes, shape, [height, width])) {
    const pad = tfjsPadding(attributes, shape, [height, width]);
    const strides = [...attributes.strides];
    const settings = { strides, pad, dataFormat: 'NHWC', inputShape: [...shape] };
    return tf.engine().runKernel<TfjsTensor>('Conv2DBackpropInput', { dy, filter: kernel }, settings);
  }
  if (isPointwise(attributes, [height, width])) {
    const product = tf.matMul(
      tf.reshape(dy, [-1, outChannels]),
      tf.transpose(tf.reshape(kernel, [inChannels, outChannels])),
    );
    return tf.reshape(product, [...shape]);
  }
  // A convolution of dy, spread out by the strides, with the kernel turned by half a turn.
  const turned = tf.transpose<TfjsTensor<4>>(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(spread(tf, dy, attributes, [height, width]), turned, 1, 'valid', 'NHWC', pair(attributes.dilations));
}

/** dL/d(kernel) [h, w, in, out] from images [B, H, W, in] and dy [B, H', W', out]. */
export function kernelGradient(
  lowering: TfjsLowering,
  x: TfjsTensor<4>,
  dy: TfjsTensor<4>,
  { attributes }: TypedNode<KernelGradientAttributes, Binary>,
): TfjsTensor {
  const { tf } = lowering;
  const { groups } = attributes;
  if (groups === 1) return groupKernelGradient(lowering, x, dy, attributes);
  const images = tf.split<TfjsTensor<4>>(x, groups, 3);
  const parts = tf
    .split<TfjsTensor<4>>(dy, groups, 3)
    .map((part, i) => groupKernelGradient(lowering, must(images[i], 'images of each group'), part, attributes));
  return tf.concat(parts, 3);
}

function groupKernelGradient(
  lowering: TfjsLowering,
  x: TfjsTensor<4>,
  dy: TfjsTensor<4>,
  attributes: KernelGradientAttributes,
): TfjsTensor {
  const { tf } = lowering;
  const { size, strides } = attributes;
  const [inChannels, outChannels] = [x.shape[3], dy.shape[3]];
  const filterShape = [...size, inChannels, outChannels];
  const composes = lowering.composeGradients || isDilated(attributes);
  if (!composes && !hasForeignMargins(lowering, attributes, x.shape, size)) {
    const pad = tfjsPadding(attributes, x.shape, size);
    const settings = { strides: [...strides], pad, dataFormat: 'NHWC', filterShape };
    return tf.engine().runKernel<TfjsTensor>('Conv2DBackpropFilter', { x, dy }, settings);
  }
  if (isPointwise(attributes, size)) {
    const product = tf.matMul(tf.transpose(tf.reshape(x, [-1, inChannels])), tf.reshape(dy, [-1, outChannels]));
    return tf.reshape(product, filterShape);
  }
  // A convolution of the images with dy, batch and channels exchanged, strides as dilations.
  const seen = tf.transpose<TfjsTensor<4>>(framed(tf, x, dy, attributes), [3, 1, 2, 0]);
  const window = tf.transpose<TfjsTensor<4>>(dy, [1, 2, 0, 3]);
  const correlated = tf.conv2d(seen, window, pair(attributes.dilations), 'valid', 'NHWC', pair(strides));
  return tf.transpose(correlated, [1, 2, 0, 3]);
}

/** dy spread out and framed, so that a plain convolution with the turned kernel gives the gradient by the image. */
export function spread(
  tf: TfjsLowering['tf'],
  dy: TfjsTensor<4>,
  { size, strides, margins, dilations }: InputGradientAttributes,
  kernel: readonly [number, number],
): TfjsTensor<4> {
  let result = dilated(tf, dy, strides);
  const extent = extentOf(kernel, { dilations });
  for (const axis of [0, 1] as const) {
    const before = extent[axis] - 1 - margins[axis][0];
    const length = result.shape[axis + 1]!;
    result = cropOrPad(tf, result, axis + 1, before, size[axis] + extent[axis] - 1 - length - before);
  }
  return result;
}

/** The images, padded or cropped to exactly what the windows saw: (H' − 1) · stride + the kernel's extent rows, columns likewise. */
export function framed(
  tf: TfjsLowering['tf'],
  x: TfjsTensor<4>,
  dy: TfjsTensor<4>,
  window: KernelGradientAttributes,
): TfjsTensor<4> {
  let result = x;
  const extent = extentOf(window.size, window);
  for (const axis of [0, 1] as const) {
    const seen = (dy.shape[axis + 1]! - 1) * window.strides[axis] + extent[axis];
    const before = window.margins[axis][0];
    result = cropOrPad(tf, result, axis + 1, before, seen - x.shape[axis + 1]! - before);
  }
  return result;
}

function isPointwise({ strides, margins }: Window, size: readonly [number, number]): boolean {
  return [...size, ...strides].every((n) => n === 1) && margins.flat().every((n) => n === 0);
}

/** strides − 1 zeros between neighbours; by pads of rank 4 alone, since wasm pads no more. */
function dilated(
  tf: TfjsLowering['tf'],
  x: TfjsTensor<4>,
  [vertical, horizontal]: readonly [number, number],
): TfjsTensor<4> {
  const [batch, height, width, channels] = x.shape;
  let result = x;
  if (horizontal > 1) {
    const apart = tf.pad(tf.reshape(result, [batch * height, width, 1, channels]), [
      [0, 0],
      [0, 0],
      [0, horizontal - 1],
      [0, 0],
    ]);
    result = tf.reshape(apart, [batch, height, width * horizontal, channels]);
  }
  if (vertical > 1) {
    const row = result.shape[2] * channels;
    const apart = tf.pad(tf.reshape(result, [batch * height, 1, row]), [
      [0, 0],
      [0, vertical - 1],
      [0, 0],
    ]);
    result = tf.reshape(apart, [batch, height * vertical, result.shape[2], channels]);
  }
  return tf.slice(result, [0, 0, 0, 0], [batch, (height - 1) * vertical + 1, (width - 1) * horizontal + 1, channels]);
}

/** Zeros before and after along an axis; negative numbers cut off instead. */
function cropOrPad(
  tf: TfjsLowering['tf'],
  x: TfjsTensor<4>,
  axis: number,
  before: number,
  after: number,
): TfjsTensor<4> {
  if (before === 0 && after === 0) return x;
  const along = <T>(value: T, other: T): T[] => x.shape.map((_, i) => (i === axis ? value : other));
  const begin = along(Math.max(-before, 0), 0);
  const size = x.shape.map((d, i) => (i === axis ? d + Math.min(before, 0) + Math.min(after, 0) : d));
  const kept = tf.slice(x, begin, size);
  return tf.pad<TfjsTensor<4>>(kept, along<[number, number]>([Math.max(before, 0), Math.max(after, 0)], [0, 0]));
}
