// Preprocessing: what happens to RGB pixels in 0 … 255 before the first block.
import { conv2d } from '../graph/operations/conv2d.js';
import { add, multiply } from '../graph/operations/arithmetic.js';
import type { Value } from '../graph/graph.js';
import type { GraphBuilder } from '../graph/builder.js';
import type { PreprocessingName, Backbone, Preprocessing } from './backbone.js';

/**
 * caffe, tf and torch are the modes of Keras's `imagenet_utils.preprocess_input`. EfficientNet carries torch's constants inside the
 * model; its file stores deviations where variances belong, which Keras mends with a further division
 * (github.com/tensorflow/tensorflow/issues/49930), so what reaches the first convolution is (x / 255 − mean) / deviation.
 */
export const PREPROCESSING: Readonly<Record<PreprocessingName, Preprocessing>> = {
  caffe: { order: [2, 1, 0], scale: 1, mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1] },
  tf: { order: [0, 1, 2], scale: 1 / 127.5, mean: [1, 1, 1], deviation: [1, 1, 1] },
  torch: { order: [0, 1, 2], scale: 1 / 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
  unit: { order: [0, 1, 2], scale: 1 / 255, mean: [0, 0, 0], deviation: [1, 1, 1] },
  none: { order: [0, 1, 2], scale: 1, mean: [0, 0, 0], deviation: [1, 1, 1] },
};

/** The constants of a backbone's preprocessing. */
export function preprocessingOf(given: Backbone['preprocessing']): Preprocessing {
  return typeof given === 'string' ? PREPROCESSING[given] : given;
}

/**
 * The same as a 1×1 convolution, exact because it comes before any padding: kernel [1, 1, 3 in, 3 out] and bias [3].
 */
export function preprocessingConvolution(given: Backbone['preprocessing']): {
  kernel: Float32Array;
  bias: Float32Array;
} {
  const { order, scale, mean, deviation } = preprocessingOf(given);
  const kernel = new Float32Array(9);
  const bias = new Float32Array(3);
  for (let out = 0; out < 3; out++) {
    kernel[order[out]! * 3 + out] = scale / deviation[out]!;
    bias[out] = -mean[out]! / deviation[out]!;
  }
  return { kernel, bias };
}

/** RGB pixels in 0 … 255, [batch, height, width, 3], to what the backbone's first block takes (cut 0). */
export function preprocess(g: GraphBuilder, backbone: Backbone, pixels: Value): Value {
  if (backbone.preprocessing === 'none') return pixels;
  const { kernel, bias } = preprocessingConvolution(backbone.preprocessing);
  const shift = g.constant(bias, [3]);
  const { order } = preprocessingOf(backbone.preprocessing);
  if (order.some((from, to) => from !== to)) {
    return conv2d(g, pixels, g.constant(kernel, [1, 1, 3, 3], 'kernel'), { bias: shift });
  }
  const scale = g.constant([kernel[0]!, kernel[4]!, kernel[8]!], [3]);
  return add(g, multiply(g, pixels, scale), shift);
}
