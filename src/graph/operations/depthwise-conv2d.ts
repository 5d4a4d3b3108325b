// Depthwise convolution: each channel of the images with a kernel of its own. Its gradients are operations of their own.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, dims4, expectRole, expectShape, graphError } from '../checks.js';
import type { Value } from '../graph.js';
import type { Binary, Operation } from '../operation.js';
import { depthwiseConvolution } from '../onnx/blocked.js';
import { onnxDepthwiseInputGradient } from '../onnx/input-gradient.js';
import { onnxDepthwiseKernelGradient } from '../onnx/kernel-gradient.js';
import { depthwiseInputGradient, depthwiseKernelGradient } from '../tfjs/depthwise-convolution.js';
import { pair, rank4 } from '../tfjs/lowering.js';
import { framedFor } from '../tfjs/margins.js';
import { torchConvolution, torchInputGradient, torchKernelGradient } from '../torch/windows.js';
import type { Conv2dOptions, Convolved } from './conv2d.js';
import { scaled, withoutScale } from './channel-scale.js';
import { reduceSum } from './reduce.js';
import {
  type InputGradientAttributes,
  type KernelGradientAttributes,
  type Window,
  onnxPads,
  outputSize,
  windowOf,
} from './window.js';

export const depthwiseConv2dOperation: Operation<Window, Convolved> = {
  name: 'depthwiseConv2d',
  infer([image, kernel, bias], window) {
    const x = expectRole('depthwiseConv2d', image, 'image', 'an image');
    const w = expectRole('depthwiseConv2d', kernel, 'depthwiseKernel', 'a kernel');
    const channels = dim(x, 3);
    if (dim(w, 2) !== channels || dim(w, 3) !== 1) {
      throw graphError('depthwiseConv2d', `a kernel [h, w, ${channels}, 1] for ${describe(x)}`, describe(w));
    }
    if (bias !== undefined) expectShape('depthwiseConv2d', bias, [channels], 'a bias');
    return {
      shape: [dim(x, 0), ...outputSize('depthwiseConv2d', x.shape, sizeOfKernel(w), window), channels],
      role: 'image',
    };
  },
  gradient(g, { inputs: [x, w], attributes: window }, dy) {
    const groups = dim(x, 3);
    const { value, scale } = withoutScale(g, dy);
    const size: [number, number] = [dim(x, 1), dim(x, 2)];
    const dx = depthwiseConv2dInputGradient(g, value, scaled(g, w, scale), { ...window, groups, size });
    const dw = g.add(depthwiseKernelGradientOperation, [x, value], { ...window, groups, size: sizeOfKernel(w) });
    return [dx, scaled(g, dw, scale), scaled(g, reduceSum(g, value, [0, 1, 2]), scale)];
  },
  tfjs(lowering, [image, w, bias], { inputs: [, kernel], attributes: window }) {
    const { tf } = lowering;
    const { x, pad } = framedFor(lowering, rank4(image), window, sizeOfKernel(kernel));
    const y = tf.depthwiseConv2d(x, rank4(w), pair(window.strides), pad, 'NHWC', pair(window.dilations));
    return bias === undefined ? y : tf.add(y, bias);
  },
  onnx(emitter, inputs, { inputs: [, kernel], attributes: window }) {
    const [height, width, channels] = dims4(kernel);
    const { strides, dilations } = window;
    const attributes = { strides, dilations, pads: onnxPads(window) };
    return depthwiseConvolution(emitter, inputs, [height, width, channels], attributes);
  },
  torch: (emitter, inputs, node) => torchConvolution(emitter, inputs, node.inputs, node.attributes),
};

export const depthwiseInputGradientOperation: Operation<InputGradientAttributes, Binary> = {
  name: 'depthwiseConv2dInputGradient',
  infer([gradient, kernel], { size }) {
    const dy = expectRole('depthwiseConv2dInputGradient', gradient, 'image', 'a gradient');
    const w = expectRole('depthwiseConv2dInputGradient', kernel, 'depthwiseKernel', 'a kernel');
    if (dim(dy, 3) !== dim(w, 2)) {
      throw graphError('depthwiseConv2dInputGradient', `a gradient with ${dim(w, 2)} channels`, describe(dy));
    }
    return { shape: [dim(dy, 0), ...size, dim(dy, 3)], role: 'image' };
  },
  tfjs: (lowering, [dy, w], node) => depthwiseInputGradient(lowering, rank4(dy), rank4(w), node),
  onnx: (emitter, [dy, w], node) => onnxDepthwiseInputGradient(emitter, dy, w, node),
  torch: (emitter, inputs, node) => torchInputGradient(emitter, inputs, node),
};

export const depthwiseKernelGradientOperation: Operation<KernelGradientAttributes, Binary> = {
  name: 'depthwiseConv2dKernelGradient',
  infer([image, gradient], { size }) {
    const x = expectRole('depthwiseConv2dKernelGradient', image, 'image', 'an image');
    const dy = expectRole('depthwiseConv2dKernelGradient', gradient, 'image', 'a gradient');
    if (dim(x, 0) !== dim(dy, 0) || dim(x, 3) !== dim(dy, 3)) {
      throw graphError(
        'depthwiseConv2dKernelGradient',
        `${dim(x, 0)} gradients of ${dim(x, 3)} channels`,
        describe(dy),
      );
    }
    return { shape: [...size, dim(x, 3), 1], role: 'depthwiseKernel' };
  },
  tfjs: (lowering, [x, dy], node) => depthwiseKernelGradient(lowering, rank4(x), rank4(dy), node),
  onnx: (emitter, [x, dy], node) => onnxDepthwiseKernelGradient(emitter, x, dy, node),
  torch: (emitter, inputs, node) => torchKernelGradient(emitter, inputs, node),
};

/** Convolves channel c of images [B, H, W, C] with kernel [h, w, c]; kernel [h, w, C, 1]. Gives [B, H', W', C]. */
export function depthwiseConv2d(g: GraphBuilder, x: Value, kernel: Value, options: Conv2dOptions = {}): Value {
  expectRole('depthwiseConv2d', x, 'image', 'an image');
  expectRole('depthwiseConv2d', kernel, 'depthwiseKernel', 'a kernel');
  const window = windowOf('depthwiseConv2d', x.shape, sizeOfKernel(kernel), options);
  return g.add(depthwiseConv2dOperation, options.bias === undefined ? [x, kernel] : [x, kernel, options.bias], window);
}

/** The transpose of depthwiseConv2d: spreads dy [B, H', W', C] over images of `size`. */
export function depthwiseConv2dInputGradient(
  g: GraphBuilder,
  dy: Value,
  kernel: Value,
  attributes: InputGradientAttributes,
): Value {
  return g.add(depthwiseInputGradientOperation, [dy, kernel], attributes);
}

function sizeOfKernel(kernel: Value): [number, number] {
  return [dim(kernel, 0), dim(kernel, 1)];
}
