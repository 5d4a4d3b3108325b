// A backbone's forward pass, or a part of it between two cuts, as graph operations.
import { must } from '../system/must.js';
import { HpoError } from '../study/errors.js';
import type { GraphBuilder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { affine } from '../graph/operations/affine.js';
import { add, multiply, subtract } from '../graph/operations/arithmetic.js';
import { batchNorm } from '../graph/operations/batch-norm.js';
import { concat } from '../graph/operations/concat.js';
import { conv2d } from '../graph/operations/conv2d.js';
import { depthwiseConv2d } from '../graph/operations/depthwise-conv2d.js';
import { hardSigmoid, hardSwish, relu, relu6, rsqrt, sigmoid, swish } from '../graph/operations/elementwise.js';
import { averagePool, maxPool } from '../graph/operations/pool.js';
import { reduceMean } from '../graph/operations/reduce.js';
import {
  BLOCK_INPUT,
  type Activation,
  type Backbone,
  type Block,
  type Layer,
  type PoolLayer,
  type BatchNormLayer,
} from './backbone.js';

/** How the blocks' BatchNorms run: with the statistics of the batch, or with the moving averages. */
export type Mode = 'training' | 'inference';

export interface LayerContext {
  /** The value of a parameter by its name, `layer/weight`; shapes and roles as in parameterSpecs. */
  readonly parameters: (name: string) => Value;
  readonly mode: Mode;
  /** In training: what a moving average shall be after the step. */
  readonly onStatistics?: (parameter: string, value: Value) => void;
  /** In training: the batch's own mean or variance, by the moving average that it is part of. */
  readonly onBatchStatistics?: (parameter: string, value: Value) => void;
}

export interface ForwardOptions extends LayerContext {
  /** Cuts: numbers of blocks passed. 0 is the preprocessed image, `blocks.length` the last feature map. */
  readonly from: number;
  readonly to: number;
  /** The array at the cut `from`: [batch, height, width, channels] of role image. */
  readonly input: Value;
}

/** Appends the blocks between two cuts and gives the array at the cut `to`. */
export function buildForward(g: GraphBuilder, backbone: Backbone, options: ForwardOptions): Value {
  const { from, to, input, ...context } = options;
  if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= backbone.blocks.length)) {
    const blocks = backbone.blocks.length;
    throw new HpoError(
      'ERR_BACKBONE',
      `expected cuts 0 ≤ from ≤ to ≤ ${blocks}, got ${from} and ${to} in ${backbone.name}`,
    );
  }
  return backbone.blocks.slice(from, to).reduce((entering, block) => {
    const last = must(block.layers.at(-1), 'a layer in the block');
    return must(buildBlock(g, block, entering, context).get(last.name), 'the output of the last layer');
  }, input);
}

/** Appends one block and gives the output of each of its layers by name. */
export function buildBlock(g: GraphBuilder, block: Block, input: Value, context: LayerContext): Map<string, Value> {
  const values = new Map([[BLOCK_INPUT, input]]);
  for (const layer of block.layers) {
    const inputs = layer.inputs.map((name) => must(values.get(name), 'an earlier layer as input'));
    values.set(layer.name, buildLayer(g, layer, inputs, context));
  }
  return values;
}

function buildLayer(g: GraphBuilder, layer: Layer, inputs: readonly Value[], context: LayerContext): Value {
  const weight = (name: string): Value => context.parameters(`${layer.name}/${name}`);
  const [x, y] = inputs as [Value, Value];
  switch (layer.op) {
    case 'conv': {
      const bias = layer.bias ? weight('bias') : undefined;
      const output = conv2d(g, x, weight('kernel'), { strides: layer.stride, padding: layer.padding, bias });
      return activate(g, output, layer.activation);
    }
    case 'depthwiseConv': {
      const bias = layer.bias ? weight('bias') : undefined;
      const options = { strides: layer.stride, padding: layer.padding, bias };
      return activate(g, depthwiseConv2d(g, x, weight('kernel'), options), layer.activation);
    }
    case 'batchNorm':
      return batchNormalization(g, layer, x, context);
    case 'activation':
      return activate(g, x, layer.activation);
    case 'maxPool':
      return maxPool(g, x, layer.size, { strides: layer.stride, padding: layer.padding });
    case 'averagePool': {
      const averaged = averagePool(g, x, layer.size, { strides: layer.stride, padding: layer.padding });
      return layer.countsPadding === true ? multiply(g, averaged, insideShares(g, layer, averaged)) : averaged;
    }
    case 'globalAveragePool':
      return reduceMean(g, x, [1, 2], true);
    case 'add':
      return inputs.slice(1).reduce((sum, value) => add(g, sum, value), x);
    case 'multiply':
      return multiply(g, x, y);
    case 'concat':
      return concat(g, inputs);
  }
}

/** [1, H, W, 1]: which share of each window of a 'same' pool with stride 1 lies inside the image. */
function insideShares(g: GraphBuilder, { name, size, stride, padding }: PoolLayer, { shape }: Value): Value {
  if (stride !== 1 || padding !== 'same' || size.some((length) => length % 2 === 0)) {
    const expected = "stride 1, padding 'same' and an odd window where an average counts padding";
    throw new HpoError('ERR_BACKBONE', `expected ${expected}, got something else in ${name}`);
  }
  const [, height = 0, width = 0] = shape;
  const along = (length: number, window: number): number[] => {
    const reach = (window - 1) / 2;
    return Array.from({ length }, (_, i) => Math.min(i, reach) + Math.min(length - 1 - i, reach) + 1);
  };
  const [rows, columns] = [along(height, size[0]), along(width, size[1])];
  const shares = rows.flatMap((row) => columns.map((column) => (row * column) / (size[0] * size[1])));
  return g.constant(shares, [1, height, width, 1], 'image');
}

function activate(g: GraphBuilder, x: Value, activation: Activation | undefined): Value {
  switch (activation) {
    case undefined:
      return x;
    case 'relu':
      return relu(g, x);
    case 'relu6':
      return relu6(g, x);
    case 'swish':
      return swish(g, x);
    case 'sigmoid':
      return sigmoid(g, x);
    case 'hardSwish':
      return hardSwish(g, x);
    case 'hardSigmoid':
      return hardSigmoid(g, x);
  }
}

/**
 * BatchNorm (Ioffe, Szegedy 2015, arXiv 1502.03167) as Keras has it: γ · (x − μ) / √(σ² + ε) + β over the channels of x [B, H, W, C]. In inference μ and σ² are the moving averages. In training they are
 * the batch's mean and biased variance, and the averages move: average ← m · average + (1 − m) · batch (Keras 3, BatchNormalization).
 */
export function batchNormalization(g: GraphBuilder, layer: BatchNormLayer, x: Value, context: LayerContext): Value {
  const { parameters, mode } = context;
  const weight = (name: string): Value => parameters(`${layer.name}/${name}`);
  if (mode === 'inference') {
    const inverse = rsqrt(g, add(g, weight('moving_variance'), g.scalar(layer.epsilon)));
    const scale = layer.scale ? multiply(g, weight('gamma'), inverse) : inverse;
    const shift = subtract(g, weight('beta'), multiply(g, weight('moving_mean'), scale));
    return affine(g, x, scale, shift);
  }
  const channels = must(x.shape[3], 'channels');
  const gamma = layer.scale ? weight('gamma') : g.constant(new Float32Array(channels).fill(1), [channels]);
  const { y, mean, variance } = batchNorm(g, [x, gamma, weight('beta')], layer.epsilon);
  for (const [name, batch] of [
    ['moving_mean', mean],
    ['moving_variance', variance],
  ] as const) {
    context.onBatchStatistics?.(`${layer.name}/${name}`, batch);
    if (context.onStatistics === undefined) continue;
    const own = multiply(g, weight(name), g.scalar(layer.momentum));
    const moved = add(g, own, multiply(g, batch, g.scalar(1 - layer.momentum)));
    context.onStatistics(`${layer.name}/${name}`, moved);
  }
  return y;
}
