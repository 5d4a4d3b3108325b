// Convolution of images, and its gradients by the image and by the kernel as operations of their own.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, expectRole, expectShape, graphError } from '../checks.js';
import type { Value } from '../graph.js';
import type { Binary, Operation } from '../operation.js';
import { convolve } from '../onnx/convolve.js';
import { convolutionKernel, onnxInputGradient } from '../onnx/input-gradient.js';
import { onnxKernelGradient } from '../onnx/kernel-gradient.js';
import { inputGradient, kernelGradient } from '../tfjs/convolution.js';
import { rank4 } from '../tfjs/lowering.js';
import { framedFor } from '../tfjs/margins.js';
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
    if (dim(w, 2) !== channels)
      throw graphError('conv2d', `a kernel over ${channels} channels for ${describe(x)}`, describe(w));
    if (bias !== undefined) expectShape('conv2d', bias, [dim(w, 3)], 'a bias');
    return { shape: [dim(x, 0), ...outputSize('conv2d', x.shape, sizeOfKernel(w), window), dim(w, 3)], role: 'image' };
  },
  gradient(g, { inputs: [x, w], attributes: { strides, margins } }, dy) {
    const dx = g.add(conv2dInputGradientOperation, [dy, w], { strides, margins, size: [dim(x, 1), dim(x, 2)] });
    const dw = g.add(conv2dKernelGradientOperation, [x, dy], { strides, margins, size: sizeOfKernel(w) });
    return [dx, dw, reduceSum(g, dy, [0, 1, 2])];
  },
  tfjs(lowering, [image, w, bias], { inputs: [, kernel], attributes: window }) {
    const { x, pad } = framedFor(lowering, rank4(image), window, sizeOfKernel(kernel));
    const strides: [number, number] = [window.strides[0], window.strides[1]];
    return lowering.tf.fused.conv2d({
      x,
      filter: rank4(w),
      strides,
      pad,
      ...(bias !== undefined && { bias }),
    });
  },
  onnx(emitter, [x, w, ...bias], { inputs: [, weights], attributes: window }) {
    const kernel = convolutionKernel(emitter, w, weights);
    const channels = { ins: dim(weights, 2), outs: dim(weights, 3) };
    const attributes = { strides: window.strides, pads: onnxPads(window) };
    return convolve(emitter, [x, kernel, ...bias], channels, attributes);
  },
};

export const conv2dInputGradientOperation: Operation<InputGradientAttributes, Binary> = {
  name: 'conv2dInputGradient',
  infer([gradient, kernel], { size }) {
    const dy = expectRole('conv2dInputGradient', gradient, 'image', 'a gradient');
    const w = expectRole('conv2dInputGradient', kernel, 'kernel', 'a kernel');
    if (dim(dy, 3) !== dim(w, 3)) {
      throw graphError('conv2dInputGradient', `a gradient with ${dim(w, 3)} channels`, describe(dy));
    }
    return { shape: [dim(dy, 0), ...size, dim(w, 2)], role: 'image' };
  },
  tfjs: (lowering, [dy, w], node) => inputGradient(lowering, rank4(dy), rank4(w), node),
  onnx: (emitter, [dy, w], node) => onnxInputGradient(emitter, dy, w, node),
};

export const conv2dKernelGradientOperation: Operation<KernelGradientAttributes, Binary> = {
  name: 'conv2dKernelGradient',
  infer([image, gradient], { size }) {
    const x = expectRole('conv2dKernelGradient', image, 'image', 'an image');
    const dy = expectRole('conv2dKernelGradient', gradient, 'image', 'a gradient');
    if (dim(x, 0) !== dim(dy, 0))
      throw graphError('conv2dKernelGradient', `a gradient of ${dim(x, 0)} images`, describe(dy));
    return { shape: [...size, dim(x, 3), dim(dy, 3)], role: 'kernel' };
  },
  tfjs: (lowering, [x, dy], node) => kernelGradient(lowering, rank4(x), rank4(dy), node),
  onnx: (emitter, [x, dy], node) => onnxKernelGradient(emitter, x, dy, node),
};

/**
 * Slides a kernel [h, w, in, out] over images [B, H, W, in] (a cross-correlation, as in TensorFlow); gives [B, H', W', out].
 * A bias given here costs nothing; added afterwards it is another pass over the image.
 */
export function conv2d(g: GraphBuilder, x: Value, kernel: Value, options: Conv2dOptions = {}): Value {
  expectRole('conv2d', x, 'image', 'an image');
  expectRole('conv2d', kernel, 'kernel', 'a kernel');
  const window = windowOf('conv2d', x.shape, sizeOfKernel(kernel), options);
  return g.add(conv2dOperation, options.bias === undefined ? [x, kernel] : [x, kernel, options.bias], window);
}

function sizeOfKernel(kernel: Value): [number, number] {
  return [dim(kernel, 0), dim(kernel, 1)];
}
