// The trained part of a network, its tail: the blocks above the cut, and the head.
import type { Backbone, FileWeight } from '../../backbones/backbone.js';
import { buildForward } from '../../backbones/forward.js';
import { type Cut, cutShape } from '../../backbones/frozen-blocks.js';
import { type ParameterSpec, parameterSpecs } from '../../backbones/parameters.js';
import type { OfTask } from '../../study/task.js';
import { must } from '../../system/must.js';
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import type { HostTensor, Role } from '../../graph/host-tensor.js';
import { add } from '../../graph/operations/arithmetic.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { reduceMean } from '../../graph/operations/reduce.js';

export const HEAD_KERNEL = 'head/kernel';
export const HEAD_BIAS = 'head/bias';

export interface Tail extends OfTask {
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** Blocks that are trained, from the top. At 0 pooled features enter, and the head alone is trained. */
  readonly depth: number;
  readonly classes: number;
}

/** A parameter that training moves along its gradient. */
export interface TrainedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: Role;
  /** Kernels are regularised and decayed; biases and normalisation are not. */
  readonly isKernel: boolean;
  /** Blocks below the top one, 0 for the top block; −1 for the head; less for what is trained beside both (adversary.ts). */
  readonly below: number;
}

/** Channels of the pooled features, the head's input. */
export function pooledChannels({ backbone, inputSize }: Omit<Tail, 'depth' | 'classes'>): number {
  return must(cutShape(backbone, inputSize, 'pooled')[0], 'channels of the features');
}

/** Where the tail's features come from. */
export function cutOf({ backbone, depth }: Tail): Cut {
  return cutAt(backbone.blocks.length, depth);
}

/** The cut below a tail of this depth, in a backbone of so many blocks. */
export function cutAt(blocks: number, depth: number): Cut {
  return depth === 0 ? 'pooled' : blocks - depth;
}

/** The shape of one image's features where they enter: [channels] at depth 0, else [height, width, channels]. */
export function featureShape(tail: Tail): readonly number[] {
  return cutShape(tail.backbone, tail.inputSize, cutOf(tail));
}

/** Weights of the tail's blocks, moving averages included, in Keras's order. */
export function tailSpecs({ backbone, depth }: Tail): readonly ParameterSpec[] {
  return parameterSpecs(backbone).filter((spec) => spec.block >= backbone.blocks.length - depth);
}

/** Everything that the tail trains: the blocks' weights, then the head's. */
export function trainedParameters(tail: Tail): readonly TrainedParameter[] {
  const top = tail.backbone.blocks.length - 1;
  const blocks = tailSpecs(tail)
    .filter((spec) => spec.trainable)
    .map(({ name, shape, role, block, isKernel }) => ({ name, shape, role, isKernel, below: top - block }));
  const channels = pooledChannels(tail);
  return [
    ...blocks,
    { name: HEAD_KERNEL, shape: [channels, tail.classes], role: 'plain', isKernel: true, below: -1 },
    { name: HEAD_BIAS, shape: [tail.classes], role: 'plain', isKernel: false, below: -1 },
  ];
}

/** New moving averages, by the name of the parameter that they replace. */
export type Statistics = readonly { readonly name: string; readonly value: Value }[];

/**
 * Adds the tail's blocks to a graph: input features [batch, …] (channels first), result [batch, channels]. In training mode unfrozen
 * BatchNorm uses the batch's statistics and yields new moving averages.
 */
export function pooledFeatures(
  g: GraphBuilder,
  tail: Tail,
  batch: number,
  mode: 'training' | 'inference',
): { readonly pooled: Value; readonly statistics: Statistics } {
  const shape = [batch, ...featureShape(tail)];
  if (tail.depth === 0) return { pooled: g.input('features', shape), statistics: [] };
  const { file } = tail.backbone;
  if (file !== undefined) {
    const weight = ({ name, shape: own, role }: FileWeight): Value => g.parameter(name, own, role);
    const from = tail.backbone.blocks.length - tail.depth;
    const pooled = file.build(g, { from, to: 'pooled', input: g.input('features', shape), weight });
    return { pooled, statistics: [] };
  }
  const input = g.input('features', shape, { role: 'image', layout: 'NCHW' });
  const specs = new Map(tailSpecs(tail).map((spec) => [spec.name, spec]));
  const statistics: { name: string; value: Value }[] = [];
  const blocks = tail.backbone.blocks.length;
  const output = buildForward(g, tail.backbone, {
    from: blocks - tail.depth,
    to: blocks,
    input,
    parameters: (name) => {
      const spec = specs.get(name) as ParameterSpec;
      return g.parameter(name, spec.shape, spec.role);
    },
    mode,
    onStatistics: (name, value) => statistics.push({ name, value }),
  });
  return { pooled: reduceMean(g, output, [1, 2]), statistics };
}

/** Scores [batch, classes] of pooled features [batch, channels]. */
export function headScores(g: GraphBuilder, pooled: Value, classes: number): Value {
  const kernel = g.parameter(HEAD_KERNEL, [pooled.shape[1] as number, classes]);
  return add(g, matMul(g, pooled, kernel), g.parameter(HEAD_BIAS, [classes]));
}

/**
 * A new head is zero, so that the first loss is that of guessing, whatever the scale of the features. A single linear layer has no symmetry
 * that random numbers would have to break.
 */
export function initialHead(channels: number, classes: number): Map<string, HostTensor> {
  return new Map<string, HostTensor>([
    [HEAD_KERNEL, { shape: [channels, classes], role: 'plain', data: new Float32Array(channels * classes) }],
    [HEAD_BIAS, { shape: [classes], role: 'plain', data: new Float32Array(classes) }],
  ]);
}
