// Maximum and average over windows of images.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, dims4, expectRole, expectShape, graphError } from '../checks.js';
import type { Value } from '../graph.js';
import { LOWEST, sizeOf } from '../host-tensor.js';
import type { OnnxEmitter } from '../onnx/emitter.js';
import type { Operation, Unary } from '../operation.js';
import type { Inferred } from '../shape-rule.js';
import { type TfjsTensor, rank4 } from '../tfjs/lowering.js';
import { must } from '../../system/must.js';
import { framedFor, hasForeignMargins } from '../tfjs/margins.js';
import { onnxMaxPoolGradient } from '../onnx/max-pool-gradient.js';
import { isPooledInBlocks, maxPoolGradientInBlocks, maxPoolInBlocks } from '../onnx/max-pool-in-blocks.js';
import { maxPoolGradient } from '../tfjs/max-pool-gradient.js';
import { torchAveragePool, torchMaxPool, torchMaxPoolGradient } from '../torch/windows.js';
import { greater, multiply } from './arithmetic.js';
import { depthwiseConv2dInputGradient } from './depthwise-conv2d.js';
import { reluOperation } from './elementwise.js';
import { reduceMean } from './reduce.js';
import {
  type PoolAttributes,
  type PoolGradientInputs,
  type WindowOptions,
  onnxPads,
  outputSize,
  tfjsPadding,
  windowOf,
} from './window.js';

export const maxPoolOperation: Operation<PoolAttributes, Unary> = {
  name: 'maxPool',
  infer: ([image], attributes) => pooled('maxPool', image, attributes),
  gradient(g, { inputs: [x], output, attributes }, dy) {
    // What a ReLU below lets through is the same whether it is asked here, of the fewer numbers, or there.
    const passed = g.nodeOf(x)?.op === reluOperation.name ? multiply(g, dy, greater(g, output, g.scalar(0))) : dy;
    return [g.add(maxPoolGradientOperation, [x, output, passed], attributes)];
  },
  tfjs(lowering, [image], { attributes: { size, strides, ...window } }) {
    const { x, pad } = framedFor(lowering, rank4(image), { strides, ...window }, size, LOWEST);
    return lowering.tf.maxPool(x, [size[0], size[1]], [strides[0], strides[1]], pad);
  },
  onnx(emitter, [x], node) {
    const differentiated = emitter.readers(node.output).some(({ op }) => op === maxPoolGradientOperation.name);
    const channels = dim(node.output, 3);
    if (differentiated && isPooledInBlocks(emitter, channels, node.attributes)) {
      return maxPoolInBlocks(emitter, x, channels, node.attributes);
    }
    const indices = differentiated && hasIndices(emitter);
    return must(onnxMaxPool(emitter, x, node.attributes, indices)[0], 'the maxima');
  },
  torch: (emitter, [x], node) => torchMaxPool(emitter, x, node),
};

/** From (x, y = maxPool(x), dy) to dx: each dy goes to the first largest number of its window. */
export const maxPoolGradientOperation: Operation<PoolAttributes, PoolGradientInputs> = {
  name: 'maxPoolGradient',
  infer([x, y, dy]) {
    expectShape('maxPoolGradient', dy, y.shape, 'a gradient');
    return { shape: x.shape, role: 'image' };
  },
  tfjs(lowering, [input, output, dy], node) {
    const { tf, composeGradients } = lowering;
    const { size, strides, ...window } = node.attributes;
    const { shape } = node.inputs[0];
    if (composeGradients || hasForeignMargins(lowering, { strides, ...window }, shape, size)) {
      return maxPoolGradient(lowering, input, dy, node);
    }
    const pad = tfjsPadding({ strides, ...window }, shape, size);
    const settings = { filterSize: [...size], strides: [...strides], pad };
    return tf.engine().runKernel<TfjsTensor>('MaxPoolGrad', { dy, input, output }, settings);
  },
  onnx(emitter, [x, y, dy], node) {
    if (isPooledInBlocks(emitter, dim(node.output, 3), node.attributes))
      return maxPoolGradientInBlocks(emitter, [x, dy], node);
    if (!hasIndices(emitter)) return onnxMaxPoolGradient(emitter, [x, y, dy], node);
    const value = node.inputs[0];
    const total = sizeOf(value.shape);
    const indices = must(onnxMaxPool(emitter, x, node.attributes, true)[1], 'indices');
    const zeros = emitter.emit('Expand', [emitter.floats([0], [1]), emitter.ints([total])]);
    const flat = [indices, dy].map((name) => emitter.reshape(name, [-1]));
    const scattered = emitter.emit('ScatterElements', [zeros, ...flat], { axis: 0, reduction: 'add' });
    const [batch, height, width, channels] = dims4(value);
    return emitter.reshape(scattered, [batch, channels, height, width]);
  },
  torch: (emitter, inputs, node) => torchMaxPoolGradient(emitter, inputs, node),
};

export const averagePoolOperation: Operation<PoolAttributes, Unary> = {
  name: 'averagePool',
  infer: ([image], attributes) => pooled('averagePool', image, attributes),
  gradient(g, { inputs: [x], attributes: { strides, margins, dilations, size } }, dy) {
    const ones = g.constant(
      new Float32Array(size[0] * size[1] * dim(x, 3)).fill(1),
      [...size, dim(x, 3), 1],
      'depthwiseKernel',
    );
    const share = multiply(g, dy, inverseCounts(g, x, dy, { strides, margins, dilations, size }));
    return [
      depthwiseConv2dInputGradient(g, share, ones, {
        strides,
        margins,
        dilations,
        size: [dim(x, 1), dim(x, 2)],
        groups: dim(x, 3),
      }),
    ];
  },
  tfjs(lowering, [image], { attributes: { size, strides, ...window } }) {
    const { tf } = lowering;
    const means = (of: TfjsTensor<4>): TfjsTensor => {
      const { x, pad } = framedFor(lowering, of, { strides, ...window }, size);
      return tf.avgPool(x, [size[0], size[1]], [strides[0], strides[1]], pad);
    };
    const given = rank4(image);
    if (!hasForeignMargins(lowering, { strides, ...window }, given.shape, size)) return means(given);
    // Margins of zeros count; the means of ones say how much.
    return tf.div(means(given), means(tf.ones([1, given.shape[1], given.shape[2], 1])));
  },
  onnx: (emitter, [x], { attributes: { size, ...window } }) =>
    emitter.emit('AveragePool', [x], { kernel_shape: size, strides: window.strides, pads: onnxPads(window) }),
  torch: (emitter, [x], node) => torchAveragePool(emitter, x, node),
};

/** The largest number of each window [height, width] of images [B, H, W, C]; padding never wins. */
export function maxPool(
  g: GraphBuilder,
  x: Value,
  size: number | readonly [number, number],
  options: WindowOptions = {},
): Value {
  return pool(g, maxPoolOperation, x, size, options);
}

/** The mean of each window of images [B, H, W, C]; padding does not count. */
export function averagePool(
  g: GraphBuilder,
  x: Value,
  size: number | readonly [number, number],
  options: WindowOptions = {},
): Value {
  return pool(g, averagePoolOperation, x, size, options);
}

/** The mean over all positions: [B, H, W, C] to [B, C]. */
export function globalAveragePool(g: GraphBuilder, x: Value): Value {
  return reduceMean(g, expectRole('globalAveragePool', x, 'image', 'an image'), [1, 2]);
}

function pool(
  g: GraphBuilder,
  operation: Operation<PoolAttributes, Unary>,
  x: Value,
  given: number | readonly [number, number],
  options: WindowOptions,
): Value {
  expectRole(operation.name, x, 'image', 'an image');
  const size: [number, number] = typeof given === 'number' ? [given, given] : [given[0], given[1]];
  return g.add(operation, [x], { ...windowOf(operation.name, x.shape, size, options), size });
}

function pooled(name: string, image: Value, attributes: PoolAttributes): Inferred {
  const x = expectRole(name, image, 'image', 'an image');
  const { margins, size } = attributes;
  if (margins.some(([before, after], axis) => before >= size[axis]! || after >= size[axis]!)) {
    throw graphError(
      name,
      `margins smaller than the window ${size.join('×')} for ${describe(x)}`,
      JSON.stringify(margins),
    );
  }
  return { shape: [dim(x, 0), ...outputSize(name, x.shape, size, attributes), dim(x, 3)], role: 'image' };
}

/** 1 / the number of positions of each window that lie within the image, as an image [1, H', W', 1]. */
function inverseCounts(g: GraphBuilder, x: Value, y: Value, { strides, margins, size }: PoolAttributes): Value {
  const along = (axis: 0 | 1): number[] =>
    Array.from({ length: dim(y, axis + 1) }, (_, i) => {
      const begin = i * strides[axis] - margins[axis][0];
      return Math.min(begin + size[axis], dim(x, axis + 1)) - Math.max(begin, 0);
    });
  const columns = along(1);
  const inverse = along(0).flatMap((rows) => columns.map((count) => 1 / (rows * count)));
  return g.constant(inverse, [1, dim(y, 1), dim(y, 2), 1], 'image');
}

/** Whether MaxPool tells where the largest numbers were. */
function hasIndices({ provider }: OnnxEmitter): boolean {
  return provider !== 'webgpu';
}

function onnxMaxPool(
  emitter: OnnxEmitter,
  x: string,
  { size, ...window }: PoolAttributes,
  indices: boolean,
): readonly string[] {
  const attributes = { kernel_shape: size, strides: window.strides, pads: onnxPads(window) };
  return emitter.emitMany('MaxPool', [x], indices ? 2 : 1, attributes);
}
