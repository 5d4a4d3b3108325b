// Maximum and average over windows of images.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, expectRole, expectShape, graphError } from '../checks.js';
import type { Value } from '../graph.js';
import { LOWEST, sizeOf } from '../host-tensor.js';
import type { OnnxEmitter } from '../onnx/emitter.js';
import type { Inferred, Operation } from '../operation.js';
import type { TfjsTensor } from '../tfjs/lowering.js';
import { framedFor, hasForeignMargins } from '../tfjs/margins.js';
import { onnxMaxPoolGradient } from '../onnx/max-pool-gradient.js';
import { maxPoolGradient } from '../tfjs/max-pool-gradient.js';
import { multiply } from './arithmetic.js';
import { depthwiseConv2dInputGradient } from './depthwise-conv2d.js';
import { reduceMean } from './reduce.js';
import { onnxPads, outputSize, tfjsPadding, windowOf, type Window, type WindowOptions } from './window.js';

export interface PoolAttributes extends Window {
  /** Of the window: [height, width]. */
  readonly size: readonly [number, number];
}

export const maxPoolOperation: Operation<PoolAttributes> = {
  name: 'maxPool',
  infer: ([image], attributes) => pooled('maxPool', image, attributes),
  gradient: (g, node, dy) => [
    g.add(maxPoolGradientOperation, [node.inputs[0] as Value, node.output, dy], node.attributes),
  ],
  tfjs(lowering, [image], { attributes: { size, strides, ...window } }) {
    const { x, pad } = framedFor(lowering, image as TfjsTensor<4>, { strides, ...window }, size, LOWEST);
    return lowering.tf.maxPool(x, [size[0], size[1]], [strides[0], strides[1]], pad);
  },
  onnx(emitter, [x], node) {
    const differentiated = emitter.readers(node.output).some(({ op }) => op === maxPoolGradientOperation.name);
    const indices = differentiated && hasIndices(emitter);
    return onnxMaxPool(emitter, x as string, node.attributes, indices)[0] as string;
  },
};

/** From (x, y = maxPool(x), dy) to dx: each dy goes to the first largest number of its window. */
export const maxPoolGradientOperation: Operation<PoolAttributes> = {
  name: 'maxPoolGradient',
  infer([x, y, dy]) {
    expectShape('maxPoolGradient', dy as Value, (y as Value).shape, 'a gradient');
    return { shape: (x as Value).shape, role: 'image' };
  },
  tfjs(lowering, [input, output, dy], node) {
    const { tf, composeGradients } = lowering;
    const { size, strides, ...window } = node.attributes;
    const { shape } = node.inputs[0] as Value;
    if (composeGradients || hasForeignMargins(lowering, { strides, ...window }, shape, size)) {
      return maxPoolGradient(lowering, input as TfjsTensor, dy as TfjsTensor, node);
    }
    const pad = tfjsPadding({ strides, ...window }, shape, size);
    const kernelInputs = { dy, input, output } as { dy: TfjsTensor; input: TfjsTensor; output: TfjsTensor };
    const settings = { filterSize: [...size], strides: [...strides], pad };
    return tf.engine().runKernel<TfjsTensor>('MaxPoolGrad', kernelInputs, settings);
  },
  onnx(emitter, [x, y, dy], node) {
    if (!hasIndices(emitter)) return onnxMaxPoolGradient(emitter, [x as string, y as string, dy as string], node);
    const value = node.inputs[0] as Value;
    const total = sizeOf(value.shape);
    const indices = onnxMaxPool(emitter, x as string, node.attributes, true)[1] as string;
    const zeros = emitter.emit('Expand', [emitter.floats([0], [1]), emitter.ints([total])]);
    const flat = [indices, dy as string].map((name) => emitter.reshape(name, [-1]));
    const scattered = emitter.emit('ScatterElements', [zeros, ...flat], { axis: 0, reduction: 'add' });
    const [batch, height, width, channels] = value.shape as [number, number, number, number];
    return emitter.reshape(scattered, [batch, channels, height, width]);
  },
};

export const averagePoolOperation: Operation<PoolAttributes> = {
  name: 'averagePool',
  infer: ([image], attributes) => pooled('averagePool', image, attributes),
  gradient(g, { inputs, attributes: { strides, margins, size } }, dy) {
    const x = inputs[0] as Value;
    const ones = g.constant(
      new Float32Array(size[0] * size[1] * dim(x, 3)).fill(1),
      [...size, dim(x, 3), 1],
      'depthwiseKernel',
    );
    const share = multiply(g, dy, inverseCounts(g, x, dy, { strides, margins, size }));
    return [depthwiseConv2dInputGradient(g, share, ones, { strides, margins, size: [dim(x, 1), dim(x, 2)] })];
  },
  tfjs(lowering, [image], { attributes: { size, strides, ...window } }) {
    const { tf } = lowering;
    const means = (of: TfjsTensor<4>): TfjsTensor => {
      const { x, pad } = framedFor(lowering, of, { strides, ...window }, size);
      return tf.avgPool(x, [size[0], size[1]], [strides[0], strides[1]], pad);
    };
    const given = image as TfjsTensor<4>;
    if (!hasForeignMargins(lowering, { strides, ...window }, given.shape, size)) return means(given);
    // Margins of zeros count; the means of ones say how much.
    return tf.div(means(given), means(tf.ones([1, given.shape[1], given.shape[2], 1])));
  },
  onnx: (emitter, [x], { attributes: { size, ...window } }) =>
    emitter.emit('AveragePool', [x as string], { kernel_shape: size, strides: window.strides, pads: onnxPads(window) }),
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
  operation: Operation<PoolAttributes>,
  x: Value,
  given: number | readonly [number, number],
  options: WindowOptions,
): Value {
  expectRole(operation.name, x, 'image', 'an image');
  const size: [number, number] = typeof given === 'number' ? [given, given] : [given[0], given[1]];
  return g.add(operation, [x], { ...windowOf(operation.name, x.shape, size, options), size });
}

function pooled(name: string, image: Value | undefined, attributes: PoolAttributes): Inferred {
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
