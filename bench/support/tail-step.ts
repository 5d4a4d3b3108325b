// A training step as trials take it: the top blocks of a backbone and the head, from cached features, with Adam. Random weights.
import { RandomStream } from '../../src/math/random.js';
import type { Precision } from '../../src/study/precision.js';
import { TRAINING_DEFAULTS } from '../../src/study/schema/training-schema.js';
import type { Backbone } from '../../src/backbones/backbone.js';
import { initialise } from '../../src/backbones/initialise.js';
import { getBackbone } from '../../src/backbones/registry.js';
import {
  initialHead,
  type Tail,
  featureShape,
  pooledChannels,
  tailSpecs,
  trainedParameters,
} from '../../src/trainer/finetune/tail.js';
import { lossScaleEntries } from '../../src/trainer/finetune/loss-scale.js';
import { optimizerOf, stateName } from '../../src/trainer/finetune/optimizers.js';
import { type StepOptions, rateName, trainingGraph } from '../../src/trainer/finetune/tail-graphs.js';
import type { Graph } from '../../src/graph/graph.js';
import { type HostTensor, sizeOf } from '../../src/graph/host-tensor.js';

const CLASSES = 2;

export interface Step {
  readonly tail: Tail;
  readonly graph: Graph;
  readonly state: ReadonlyMap<string, HostTensor>;
  readonly feeds: Readonly<Record<string, Float32Array>>;
}

/** @param depth blocks trained, or 'all'. */
export function tailStep(
  name: string,
  depth: number | 'all',
  inputSize: number,
  batch: number,
  precision: Precision = 'float32',
): Step {
  const backbone = getBackbone(name);
  const random = RandomStream.of('bench', name, depth === 'all' ? backbone.blocks.length : depth);
  return stepOf(tailOf(backbone, depth, inputSize), initialise(backbone, random), batch, random, { precision });
}

export function tailOf(backbone: Backbone, depth: number | 'all', inputSize: number): Tail {
  return { backbone, inputSize, depth: depth === 'all' ? backbone.blocks.length : depth, classes: CLASSES };
}

/** A step from a network's own weights, from random features. */
export function stepOf(
  tail: Tail,
  weights: ReadonlyMap<string, HostTensor>,
  batch: number,
  random: RandomStream,
  { penalties = [], precision = 'float32' }: Partial<Pick<StepOptions, 'penalties' | 'precision'>> = {},
): Step {
  const { classes } = tail;
  const state = new Map(initialHead(pooledChannels(tail), classes));
  for (const spec of tailSpecs(tail)) state.set(spec.name, weights.get(spec.name) as HostTensor);
  const { slots } = optimizerOf(TRAINING_DEFAULTS);
  const scalars: Record<string, Float32Array> = { plainRate: Float32Array.of(1e-4) };
  for (const penalty of penalties) scalars[penalty] = Float32Array.of(1e-5);
  for (const { name: parameter, shape, role, below } of trainedParameters(tail)) {
    scalars[rateName(below)] = Float32Array.of(1e-4);
    for (const slot of slots)
      state.set(stateName(slot, parameter), { shape, role, data: new Float32Array(sizeOf(shape)) });
  }
  if (precision === 'float16') for (const [name, entry] of lossScaleEntries(new Map())) state.set(name, entry);
  return {
    tail,
    graph: trainingGraph(tail, batch, { optimizer: TRAINING_DEFAULTS, penalties, clips: false, precision }),
    state,
    feeds: {
      features: Float32Array.from({ length: batch * sizeOf(featureShape(tail)) }, () => Math.max(0, random.normal())),
      labels: Float32Array.from({ length: batch * classes }, (_, i) => (i % classes === (i >> 2) % classes ? 1 : 0)),
      weights: new Float32Array(batch).fill(1 / batch),
      mask: new Float32Array(batch * pooledChannels(tail)).fill(1),
      ...scalars,
    },
  };
}
