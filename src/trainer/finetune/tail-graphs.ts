// The graphs of a trial: the training step and the evaluation of what lies above the cut.
import type { Backbone } from '../backbones/backbone.js';
import { buildForward } from '../backbones/forward.js';
import { type ParameterSpec, parameterSpecs } from '../backbones/parameters.js';
import { outputShape } from '../backbones/shapes.js';
import { GraphBuilder } from '../graph/builder.js';
import { gradients } from '../graph/gradients.js';
import type { Graph, Value } from '../graph/graph.js';
import { add, multiply } from '../graph/operations/arithmetic.js';
import { square } from '../graph/operations/elementwise.js';
import { reduceMean, reduceSum } from '../graph/operations/reduce.js';
import { softmax, softmaxCrossEntropy } from '../graph/operations/softmax.js';
import { HEAD_BIAS, HEAD_KERNEL, headScores } from './head.js';
import { OPTIMIZERS, type OptimizerName, slotName } from './optimizers.js';

export interface Tail {
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** Blocks that are trained, from the top; 0: pooled features enter and the head alone is trained. */
  readonly depth: number;
  readonly classes: number;
}

/** The shape of one image's features where they enter the tail: [channels] at depth 0, else [height, width, channels]. */
export function featureShape({ backbone, inputSize, depth }: Tail): readonly number[] {
  const [height, width, channels] = outputShape(backbone, inputSize, backbone.blocks.length - depth);
  return depth === 0 ? [channels] : [height, width, channels];
}

/** Weights of the tail's blocks, in Keras's order. */
export function tailSpecs({ backbone, depth }: Tail): readonly ParameterSpec[] {
  const cut = backbone.blocks.length - depth;
  return parameterSpecs(backbone).filter((spec) => spec.block >= cut);
}

/** Names of everything that the tail trains, the head last. */
export function trainedNames(tail: Tail): string[] {
  const blocks = tailSpecs(tail).filter((spec) => spec.trainable);
  return [...blocks.map((spec) => spec.name), HEAD_KERNEL, HEAD_BIAS];
}

/**
 * One training step. Inputs: features [batch, …] (channels first), labels [batch, classes] (rows sum to 1), weights [batch]
 * (of the images in the loss), mask [batch, channels] (dropout: 0 or 1/(1 − p)), rate [] and l2 [].
 * Output: loss [], the weighted mean cross-entropy plus l2 · Σ w² over the trained kernels. Updates parameters and slots.
 */
export function trainingGraph(tail: Tail, batch: number, optimizerName: OptimizerName): Graph {
  const g = new GraphBuilder();
  const { pooled, statistics } = pooledFeatures(g, tail, batch, 'training');
  const dropped = multiply(g, pooled, g.input('mask', pooled.shape));
  const scores = headScores(g, dropped, tail.classes);
  const labels = g.input('labels', [batch, tail.classes]);
  const loss = softmaxCrossEntropy(g, scores, labels, g.input('weights', [batch]));
  const trained = trainedParameters(g, tail);
  const penalty = l2Penalty(
    g,
    trained.filter(({ isKernel }) => isKernel).map(({ value }) => value),
  );
  const total = add(g, loss, penalty);
  g.output('loss', total);
  const rate = g.input('rate', []);
  const optimizer = OPTIMIZERS[optimizerName];
  const all = gradients(
    g,
    total,
    trained.map(({ value }) => value),
  );
  trained.forEach(({ name, value }, i) => {
    const slots = optimizer.slots.map((slot) => g.parameter(slotName(slot, name), value.shape, value.role));
    const updated = optimizer.update(g, value, all[i] as Value, slots, rate);
    g.update(name, updated.parameter);
    optimizer.slots.forEach((slot, k) => g.update(slotName(slot, name), updated.slots[k] as Value));
  });
  for (const { name, value } of statistics) g.update(name, value);
  return g.build();
}

/** Class probabilities [batch, classes] of features [batch, …] (channels first), in inference mode. */
export function evaluationGraph(tail: Tail, batch: number): Graph {
  const g = new GraphBuilder();
  const { pooled } = pooledFeatures(g, tail, batch, 'inference');
  g.output('probabilities', softmax(g, headScores(g, pooled, tail.classes)));
  return g.build();
}

interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

function pooledFeatures(
  g: GraphBuilder,
  tail: Tail,
  batch: number,
  mode: 'training' | 'inference',
): { pooled: Value; statistics: readonly NamedValue[] } {
  const shape = [batch, ...featureShape(tail)];
  if (tail.depth === 0) return { pooled: g.input('features', shape), statistics: [] };
  const input = g.input('features', shape, { role: 'image', layout: 'NCHW' });
  const { backbone } = tail;
  const specs = new Map(tailSpecs(tail).map((spec) => [spec.name, spec]));
  const statistics: NamedValue[] = [];
  const output = buildForward(g, backbone, {
    from: backbone.blocks.length - tail.depth,
    to: backbone.blocks.length,
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

function trainedParameters(g: GraphBuilder, tail: Tail): (NamedValue & { isKernel: boolean })[] {
  const [, , channels] = outputShape(tail.backbone, tail.inputSize, tail.backbone.blocks.length);
  const blocks = tailSpecs(tail)
    .filter((spec) => spec.trainable)
    .map((spec) => ({
      name: spec.name,
      value: g.parameter(spec.name, spec.shape, spec.role),
      isKernel: spec.role === 'kernel' || spec.role === 'depthwiseKernel',
    }));
  return [
    ...blocks,
    { name: HEAD_KERNEL, value: g.parameter(HEAD_KERNEL, [channels, tail.classes]), isKernel: true },
    { name: HEAD_BIAS, value: g.parameter(HEAD_BIAS, [tail.classes]), isKernel: false },
  ];
}

/** l2 · Σ w², as Keras's `regularizers.L2`. */
function l2Penalty(g: GraphBuilder, kernels: readonly Value[]): Value {
  const squares = kernels.map((kernel) => reduceSum(g, square(g, kernel)));
  const sum = squares.reduce((total, value) => add(g, total, value));
  return multiply(g, sum, g.input('l2', []));
}
