// Convolution of images, and its gradients by the image and by the kernel as operations of their own.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, dims4, expectRole, expectShape, graphError } from '../checks.js';
import type { Value } from '../graph.js';
import type { Binary, Operation } from '../operation.js';
import { convolve } from '../onnx/convolve.js';
import { convolutionKernel, onnxInputGradient } from '../onnx/input-gradient.js';
import { onnxKernelGradient } from '../onnx/kernel-gradient.js';
import { inputGradient, kernelGradient } from '../tfjs/convolution.js';
import { pair, rank4, type TfjsTensor } from '../tfjs/lowering.js';
import { torchConvolution, torchInputGradient, torchKernelGradient } from '../torch/windows.js';
import { framedFor } from '../tfjs/margins.js';
import { must } from '../../system/must.js';
import { scaled, withoutScale } from './channel-scale.js';
import { reduceSum } from './reduce.js';
import {
  type InputGradientAttributes,
  type KernelGradientAttributes,
  type Window,
  type WindowOptions,
  onnxPads,
  outputSize,
  windowOf,
} from './window.js';

export interface Conv2dOptions extends WindowOptions {
  /** [out], added to every position. */
  readonly bias?: Value | undefined;
}

/** Images, a kernel, and a bias or none. */
export type Convolved = readonly [image: Value, kernel: Value, ...bias: Value[]];

export const conv2dOperation: Operation<Window, Convolved> = {
  name: 'conv2d',
  infer([image, kernel, bias], window) {
    const x = expectRole('conv2d', image, 'image', 'an image');
    const w = expectRole('conv2d', kernel, 'kernel', 'a kernel');
    const channels = dim(x, 3);
    if (channels % dim(w, 2) !== 0 || dim(w, 3) % (channels / dim(w, 2)) !== 0)
      throw graphError('conv2d', `a kernel over ${channels} channels for ${describe(x)}`, describe(w));
    if (bias !== undefined) expectShape('conv2d', bias, [dim(w, 3)], 'a bias');
    return { shape: [dim(x, 0), ...outputSize('conv2d', x.shape, sizeOfKernel(w), window), dim(w, 3)], role: 'image' };
  },
  gradient(g, { inputs: [x, w], attributes: window }, dy) {
    const groups = dim(x, 3) / dim(w, 2);
    const { value, scale } = withoutScale(g, dy);
    const size: [number, number] = [dim(x, 1), dim(x, 2)];
    const dx = g.add(conv2dInputGradientOperation, [value, scaled(g, w, scale)], { ...window, groups, size });
    const dw = g.add(conv2dKernelGradientOperation, [x, value], { ...window, groups, size: sizeOfKernel(w) });
    return [dx, scaled(g, dw, scale), scaled(g, reduceSum(g, value, [0, 1, 2]), scale)];
  },
  tfjs(lowering, [image, w, bias], { inputs: [, kernel], attributes: window }) {
    const { tf } = lowering;
    const { x, pad } = framedFor(lowering, rank4(image), window, sizeOfKernel(kernel));
    const settings = { strides: pair(window.strides), dilations: pair(window.dilations), pad };
    const groups = x.shape[3] / dim(kernel, 2);
    if (groups === 1) {
      return tf.fused.conv2d({ x, filter: rank4(w), ...settings, ...(bias !== undefined && { bias }) });
    }
    const filters = tf.split<TfjsTensor<4>>(w, groups, 3);
    const parts = tf
      .split<TfjsTensor<4>>(x, groups, 3)
      .map((part, i) => tf.fused.conv2d({ x: part, filter: must(filters[i], 'a kernel of each group'), ...settings }));
    const y = tf.concat(parts, 3);
    return bias === undefined ? y : tf.add(y, bias);
  },
  onnx(emitter, [x, w, ...bias], { inputs: [image, weights], attributes: window, output }) {
    const kernel = convolutionKernel(emitter, w, weights);
    const [batch, height, width, outs] = dims4(output);
    const size = sizeOfKernel(weights);
    const extents = { ins: dim(weights, 2), outs, size, positions: batch * height * width };
    const { strides, dilations } = window;
    const group = dim(image, 3) / dim(weights, 2);
    const attributes = { strides, dilations, group, pads: onnxPads(window) };
    return convolve(emitter, [x, kernel, ...bias], extents, attributes);
  },
  torch: (emitter, inputs, node) => torchConvolution(emitter, inputs, node.inputs, node.attributes),
};

export const conv2dInputGradientOperation: Operation<InputGradientAttributes, Binary> = {
  name: 'conv2dInputGradient',
  infer([gradient, kernel], { size, groups }) {
    const dy = expectRole('conv2dInputGradient', gradient, 'image', 'a gradient');
    const w = expectRole('conv2dInputGradient', kernel, 'kernel', 'a kernel');
    if (dim(dy, 3) !== dim(w, 3)) {
      throw graphError('conv2dInputGradient', `a gradient with ${dim(w, 3)} channels`, describe(dy));
    }
    return { shape: [dim(dy, 0), ...size, dim(w, 2) * groups], role: 'image' };
  },
  // It is linear in both: the convolution is its transpose by dy, and the kernel's gradient has the images' part played by that of dx.
  gradient(g, { inputs: [dy, w], attributes: { size: _, groups, ...window } }, dx) {
    const ofDy = g.add(conv2dOperation, [dx, w], window);
    return [ofDy, g.add(conv2dKernelGradientOperation, [dx, dy], { ...window, groups, size: sizeOfKernel(w) })];
  },
  tfjs: (lowering, [dy, w], node) => inputGradient(lowering, rank4(dy), rank4(w), node),
  onnx: (emitter, [dy, w], node) => onnxInputGradient(emitter, dy, w, node),
  torch: (emitter, inputs, node) => torchInputGradient(emitter, inputs, node),
};

export const conv2dKernelGradientOperation: Operation<KernelGradientAttributes, Binary> = {
  name: 'conv2dKernelGradient',
  infer([image, gradient], { size, groups }) {
    const x = expectRole('conv2dKernelGradient', image, 'image', 'an image');
    const dy = expectRole('conv2dKernelGradient', gradient, 'image', 'a gradient');
    if (dim(x, 0) !== dim(dy, 0))
      throw graphError('conv2dKernelGradient', `a gradient of ${dim(x, 0)} images`, describe(dy));
    return { shape: [...size, dim(x, 3) / groups, dim(dy, 3)], role: 'kernel' };
  },
  tfjs: (lowering, [x, dy], node) => kernelGradient(lowering, rank4(x), rank4(dy), node),
  onnx: (emitter, [x, dy], node) => onnxKernelGradient(emitter, x, dy, node),
  torch: (emitter, inputs, node) => torchKernelGradient(emitter, inputs, node),
};

/**
 * Slides a kernel [h, w, in, out] over images [B, H, W, in] (a cross-correlation, as in TensorFlow); gives [B, H', W', out].
 * Images with n times as many channels are convolved in n groups, each by its own `out / n` filters.
 * A bias given here costs nothing; added afterwards it is another pass over the image.
 */
export function conv2d(g: GraphBuilder, x: Value, kernel: Value, options: Conv2dOptions = {}): Value {
  expectRole('conv2d', x, 'image', 'an image');
  expectRole('conv2d', kernel, 'kernel', 'a kernel');
  const window = windowOf('conv2d', x.shape, sizeOfKernel(kernel), options);
  return g.add(conv2dOperation, options.bias === undefined ? [x, kernel] : [x, kernel, options.bias], window);
}

/**
 * The transpose of conv2d: spreads dy [B, H', W', out] over images [B, H, W, in] of `attributes.size` (torch.nn.ConvTranspose2d).
 * The kernel is that of the convolution, [h, w, in / groups, out].
 */
export function conv2dInputGradient(
  g: GraphBuilder,
  dy: Value,
  kernel: Value,
  attributes: InputGradientAttributes,
): Value {
  return g.add(conv2dInputGradientOperation, [dy, kernel], attributes);
}

function sizeOfKernel(kernel: Value): [number, number] {
  return [dim(kernel, 0), dim(kernel, 1)];
}
