// The gradients of depthwise convolution in tfjs-core: kernels where a backend has them, else composed.
import type { Rank } from '@tensorflow/tfjs-core';
import type { Binary, TypedNode } from '../operation.js';
import type { InputGradientAttributes, KernelGradientAttributes } from '../operations/window.js';
import { isDilated, tfjsPadding } from '../operations/window.js';
import { framed, spread } from './convolution.js';
import { pair, type TfjsLowering, type TfjsTensor } from './lowering.js';
import { hasForeignMargins } from './margins.js';

/** dL/d(image) [B, H, W, C] from dy [B, H', W', C] and the kernel [h, w, C, 1]. */
export function depthwiseInputGradient(
  lowering: TfjsLowering,
  dy: TfjsTensor<4>,
  kernel: TfjsTensor<4>,
  { output, attributes }: TypedNode<InputGradientAttributes>,
): TfjsTensor {
  const { tf, composeGradients } = lowering;
  const size = [kernel.shape[0], kernel.shape[1]] as const;
  if (composeGradients || isDilated(attributes) || hasForeignMargins(lowering, attributes, output.shape, size)) {
    const turned = tf.reverse(kernel, [0, 1]);
    return tf.depthwiseConv2d(spread(tf, dy, attributes, size), turned, 1, 'valid', 'NHWC', pair(attributes.dilations));
  }
  const pad = tfjsPadding(attributes, output.shape, size);
  const settings = { strides: [...attributes.strides], pad, dilations: [1, 1], inputShape: [...output.shape] };
  return tf.engine().runKernel<TfjsTensor>('DepthwiseConv2dNativeBackpropInput', { dy, filter: kernel }, settings);
}

/** dL/d(kernel) [h, w, C, 1] from images [B, H, W, C] and dy [B, H', W', C]. */
export function depthwiseKernelGradient(
  lowering: TfjsLowering,
  x: TfjsTensor<4>,
  dy: TfjsTensor<4>,
  { inputs, output, attributes }: TypedNode<KernelGradientAttributes, Binary>,
): TfjsTensor {
  const { tf, composeGradients } = lowering;
  const { size, strides, dilations } = attributes;
  const composes = composeGradients || isDilated(attributes);
  if (!composes && !hasForeignMargins(lowering, attributes, inputs[0].shape, size)) {
    const pad = tfjsPadding(attributes, inputs[0].shape, size);
    const settings = { strides: [...strides], pad, dilations: [1, 1], filterShape: [...output.shape] };
    return tf.engine().runKernel<TfjsTensor>('DepthwiseConv2dNativeBackpropFilter', { x, dy }, settings);
  }
  // For each place of the kernel: what it saw of the images, times dy, summed by a product with ones.
  const [batch, height, width, channels] = dy.shape;
  const seen = framed(tf, x, dy, attributes);
  const ones = tf.ones<Rank.R2>([1, batch * height * width]);
  const places = Array.from({ length: size[0] * size[1] }, (_, place) => {
    const [row, column] = [Math.floor(place / size[1]) * dilations[0], (place % size[1]) * dilations[1]];
    const begin = [0, row, column, 0];
    const end = [batch, row + (height - 1) * strides[0] + 1, column + (width - 1) * strides[1] + 1, channels];
    const view = tf.stridedSlice(seen, begin, end, [1, strides[0], strides[1], 1]);
    return tf.matMul(ones, tf.reshape(tf.mul(view, dy), [-1, channels]));
  });
  return tf.reshape(tf.concat(places, 0), [...output.shape]);
}
