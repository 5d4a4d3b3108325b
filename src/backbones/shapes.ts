// The sizes of arrays along a backbone, and the work it takes to compute them; no graph is built.
import { must } from '../system/must.js';
import type { Padding } from '../graph/operations/window.js';
import { HpoError } from '../study/errors.js';
import { BLOCK_INPUT, type Backbone, type Block, type Layer } from './backbone.js';
import { channelsAfter } from './parameters.js';

/** [height, width, channels] of one image's array. */
export type ImageShape = readonly [number, number, number];

interface BlockCost {
  readonly output: ImageShape;
  readonly multiplyAccumulates: number;
  /** Numbers in the arrays of all layers. */
  readonly activations: number;
}

/**
 * The array after the first `cut` blocks (default: all of them) for square images of `inputSize` pixels; cut 0 is the preprocessed
 * image. Throws ERR_BACKBONE where images are too small for the network.
 */
export function outputShape(backbone: Backbone, inputSize: number, cut: number = backbone.blocks.length): ImageShape {
  const costs = blockCosts(backbone, inputSize);
  if (!Number.isInteger(cut) || cut < 0 || cut > costs.length) {
    throw new HpoError('ERR_BACKBONE', `expected a cut from 0 to ${costs.length}, got ${cut} in ${backbone.name}`);
  }
  return cut === 0 ? [inputSize, inputSize, 3] : must(costs[cut - 1], 'a block below the cut').output;
}

/** Multiplications with addition in the convolutions of each block, for one image, forward. */
export function multiplyAccumulates(backbone: Backbone, inputSize: number): readonly number[] {
  if (backbone.file !== undefined) return backbone.file.multiplyAccumulates;
  return blockCosts(backbone, inputSize).map((cost) => cost.multiplyAccumulates);
}

/** Numbers in the arrays that the layers of each block give for one image; of a model file they are not known. */
export function activationSizes(backbone: Backbone, inputSize: number): readonly number[] {
  if (backbone.file !== undefined) return backbone.blocks.map(() => 0);
  return blockCosts(backbone, inputSize).map((cost) => cost.activations);
}

/** By backbone and side: they are asked for with every image. */
const known = new WeakMap<Backbone, Map<number, readonly BlockCost[]>>();

function blockCosts(backbone: Backbone, inputSize: number): readonly BlockCost[] {
  const bySize = known.get(backbone) ?? new Map<number, readonly BlockCost[]>();
  known.set(backbone, bySize);
  const costs = bySize.get(inputSize) ?? findBlockCosts(backbone, inputSize);
  bySize.set(inputSize, costs);
  return costs;
}

function findBlockCosts(backbone: Backbone, inputSize: number): readonly BlockCost[] {
  if (!Number.isInteger(inputSize) || inputSize < backbone.minimumSize) {
    throw new HpoError(
      'ERR_BACKBONE',
      `expected images of at least ${backbone.minimumSize} pixels for ${backbone.name}, got inputSize ${inputSize}`,
    );
  }
  let entering: ImageShape = [inputSize, inputSize, 3];
  return backbone.blocks.map((block) => {
    const cost = costOf(block, entering);
    entering = cost.output;
    return cost;
  });
}

function costOf(block: Block, entering: ImageShape): BlockCost {
  const shapes = new Map([[BLOCK_INPUT, entering]]);
  let multiplyAccumulates = 0;
  let activations = 0;
  let output = entering;
  for (const layer of block.layers) {
    const inputs = layer.inputs.map((name) => must(shapes.get(name), 'an earlier layer as input'));
    output = shapeAfter(layer, inputs);
    shapes.set(layer.name, output);
    activations += output[0] * output[1] * output[2];
    if (layer.op !== 'conv' && layer.op !== 'depthwiseConv') continue;
    const channelsPerOutput = layer.op === 'conv' ? must(inputs[0], 'an input')[2] : 1;
    multiplyAccumulates += output[0] * output[1] * output[2] * layer.size[0] * layer.size[1] * channelsPerOutput;
  }
  return { output, multiplyAccumulates, activations };
}

function shapeAfter(layer: Layer, inputs: readonly ImageShape[]): ImageShape {
  const [height, width] = must(inputs[0], 'an input');
  const channels = channelsAfter(
    layer,
    inputs.map((shape) => shape[2]),
  );
  if (layer.op === 'globalAveragePool') return [1, 1, channels];
  if (!('size' in layer)) return [height, width, channels];
  const along = (length: number, axis: 0 | 1): number =>
    lengthAfter(length, layer.size[axis], layer.stride, layer.padding, axis);
  return [along(height, 0), along(width, 1), channels];
}

function lengthAfter(length: number, window: number, stride: number, padding: Padding, axis: 0 | 1): number {
  if (padding === 'same') return Math.ceil(length / stride);
  const added = padding === 'valid' ? 0 : padding[axis][0] + padding[axis][1];
  return Math.floor((length + added - window) / stride) + 1;
}
