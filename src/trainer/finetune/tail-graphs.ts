// The graphs of a trial: the training step, the evaluation, and the importance of weights.
import { GraphBuilder } from '../../graph/builder.js';
import { gradients } from '../../graph/gradients.js';
import type { Graph, Value } from '../../graph/graph.js';
import { add, divide, maximum, multiply, subtract } from '../../graph/operations/arithmetic.js';
import { binaryCrossEntropy } from '../../graph/operations/binary-cross-entropy.js';
import { sigmoid, sqrt, square } from '../../graph/operations/elementwise.js';
import { reduceSum } from '../../graph/operations/reduce.js';
import { select } from '../../graph/operations/select.js';
import { softmax, softmaxCrossEntropy } from '../../graph/operations/softmax.js';
import { isMultilabel } from '../../study/task.js';
import { type Adversary, adversaryOf, adversaryParameters, domainLoss, mappedFeatures } from './adversary.js';
import {
  headScores,
  type Tail,
  type TrainedParameter,
  pooledChannels,
  featureShape,
  pooledFeatures,
  tailSpecs,
  trainedParameters,
} from './tail.js';
import { areFinite, scaledLoss, updateScale } from './loss-scale.js';
import type { Precision } from '../../study/precision.js';
import { buildForward } from '../../backbones/forward.js';
import { must } from '../../system/must.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import { type OptimizerOptions, optimizerOf, stateName } from './optimizers.js';
import { PENALTIES, type PenaltyName, importanceName, penaltyOf } from './penalties.js';

/** The part of a configuration that shapes the training step's graph. Everything else is an input. */
export interface StepOptions {
  readonly optimizer: OptimizerOptions;
  readonly penalties: readonly PenaltyName[];
  /** Whether gradients are clipped to the length given by the input `clipNorm`. */
  readonly clips: boolean;
  readonly precision: Precision;
  /** Adversarial adaptation; each batch is then followed by as many images of the target. */
  readonly adversary?: Adversary;
}

export function stepOptions(configuration: TrainingConfiguration, tail: Tail): StepOptions {
  const { optimizer, momentum, nesterov, beta1, beta2, rho, epsilon, weightDecay } = configuration;
  const penalties = PENALTIES.filter(
    (name) => configuration[name] > 0 && (tail.depth > 0 || name === 'l1' || name === 'l2'),
  );
  const adversary = adversaryOf(configuration);
  return {
    optimizer: { optimizer, momentum, nesterov, beta1, beta2, rho, epsilon, weightDecay },
    penalties,
    clips: configuration.clipNorm > 0,
    precision: configuration.precision,
    ...(adversary === undefined ? {} : { adversary }),
  };
}

/** The input for the learning rate of a block, the head (below −1) or the domain classifier (below −2). */
export const rateName = (below: number): string =>
  below < -1 ? 'rate:domain' : below < 0 ? 'rate:head' : `rate:${below}`;

/** Whether an input is a learning rate: of the head, of a block, or the plain one. */
export const isRateName = (input: string): boolean => input === 'plainRate' || input.startsWith('rate:');

/**
 * One training step. Inputs: features [batch, …] (channels first), labels [batch, classes] (soft or hard), weights [batch] (each image's in
 * the loss; 1/batch for a mean; with several labels an image [batch, classes], 1/(batch · classes)), mask [batch, channels] (dropout: 0 or 1/(1 − p)), a rate [] for the head and each block (rateName),
 * plainRate [], each penalty's weight [], clipNorm [] where it clips. Outputs: loss [], which includes the penalties, penalty [] where
 * there are any, and in float16 scaledLoss [] and skipped [], 1 where gradients overflowed and nothing was updated, else 0. Updates parameters, slots and moving averages, and in float16 what losses are scaled by.
 *
 * With an adversary, features, labels, weights and mask have twice as many rows: first the batch, then as many images of the target, which the
 * domain classifier alone learns from (labels and weights 0); a BatchNorm that is trained sees both. Further input: reversal []. Further output: domainLoss [], not in loss.
 */
export function trainingGraph(tail: Tail, batch: number, options: StepOptions): Graph {
  const g = new GraphBuilder(options.precision);
  const { adversary } = options;
  const rows = rowsOf(options, batch);
  const { pooled, statistics } = pooledFeatures(g, tail, rows, 'training');
  const entering = adversary === undefined ? pooled : mappedFeatures(g, adversary, pooled);
  const scores = headScores(g, multiply(g, entering, g.input('mask', pooled.shape)), tail.classes);
  const labels = g.input('labels', [rows, tail.classes]);
  const weights = g.input('weights', isMultilabel(tail) ? labels.shape : [rows]);
  const crossEntropy = (isMultilabel(tail) ? binaryCrossEntropy : softmaxCrossEntropy)(g, scores, labels, weights);
  const trained = parametersOf(tail, options).map((one) => ({
    ...one,
    value: g.parameter(one.name, one.shape, one.role),
  }));
  const penalty = penaltyOf(g, options.penalties, trained);
  const loss = penalty === undefined ? crossEntropy : add(g, crossEntropy, penalty);
  g.output('loss', loss);
  if (penalty !== undefined) g.output('penalty', penalty);
  const domain = adversary === undefined ? undefined : domainLoss(g, entering, options.precision);
  if (domain !== undefined) g.output('domainLoss', domain);
  const total = domain === undefined ? loss : add(g, loss, domain);
  const scaling = options.precision === 'float16' ? scaledLoss(g, total) : undefined;
  const derivatives = gradients(
    g,
    scaling?.loss ?? total,
    trained.map(({ value }) => value),
  );
  // An output, so that an engine can differentiate it in its own way.
  if (scaling !== undefined) g.output('scaledLoss', scaling.loss);
  const raw = scaling?.unscaled(derivatives) ?? derivatives;
  const slopes = options.clips ? clipped(g, raw) : raw;
  const isFinite = scaling === undefined ? undefined : areFinite(g, raw);
  /** After a step whose gradients overflowed everything stays as it was. */
  const update = (name: string, before: Value, after: Value): void =>
    g.update(name, isFinite === undefined ? after : select(g, isFinite, after, before));
  if (isFinite !== undefined) {
    updateScale(g, isFinite);
    g.output('skipped', subtract(g, g.scalar(1), isFinite));
  }
  const optimizer = optimizerOf(options.optimizer);
  const rates = new Map(
    [...new Set(trained.map(({ below }) => below))].map((below) => [below, g.input(rateName(below), [])]),
  );
  const plainRate = g.input('plainRate', []);
  trained.forEach(({ name, value, isKernel, below }, i) => {
    const slots = optimizer.slots.map((slot) => g.parameter(stateName(slot, name), value.shape, value.role));
    const updated = optimizer.update(g, {
      parameter: value,
      gradient: slopes[i] as Value,
      slots,
      rate: rates.get(below) as Value,
      plainRate,
      isKernel,
    });
    update(name, value, updated.parameter);
    optimizer.slots.forEach((slot, k) => update(stateName(slot, name), slots[k] as Value, updated.slots[k] as Value));
  });
  for (const { name, value } of statistics) update(name, g.parameter(name, value.shape, value.role), value);
  return g.build();
}

/** Images that go through a step of this batch. */
export function rowsOf({ adversary }: Pick<StepOptions, 'adversary'>, batch: number): number {
  return adversary === undefined ? batch : 2 * batch;
}

/** Everything that a step trains. */
export function parametersOf(tail: Tail, { adversary }: Pick<StepOptions, 'adversary'>): readonly TrainedParameter[] {
  const own = trainedParameters(tail);
  return adversary === undefined ? own : [...own, ...adversaryParameters(adversary, pooledChannels(tail))];
}

/** All gradients scaled so that their common Euclidean length is at most `clipNorm` (Pascanu et al. 2013). */
export function clipped(g: GraphBuilder, slopes: readonly Value[]): Value[] {
  const squares = slopes.map((slope) => reduceSum(g, square(g, slope)));
  const length = sqrt(
    g,
    squares.reduce((total, one) => add(g, total, one)),
  );
  const limit = g.input('clipNorm', []);
  const scale = divide(g, limit, maximum(g, length, limit));
  return slopes.map((slope) => multiply(g, slope, scale));
}

/** Probabilities [batch, classes] of features [batch, …] (channels first), in inference mode: of labels each on its own. */
export function evaluationGraph(tail: Tail, batch: number, precision: Precision = 'float32'): Graph {
  const g = new GraphBuilder(precision);
  const { pooled } = pooledFeatures(g, tail, batch, 'inference');
  g.output('probabilities', (isMultilabel(tail) ? sigmoid : softmax)(g, headScores(g, pooled, tail.classes)));
  return g.build();
}

/** Mean and variance of the input of every BatchNorm of the tail, over a batch of features [batch, …], by the moving averages' names. */
export function statisticsGraph(tail: Tail, batch: number): Graph {
  const g = new GraphBuilder();
  const specs = new Map(tailSpecs(tail).map((spec) => [spec.name, spec]));
  const blocks = tail.backbone.blocks.length;
  buildForward(g, tail.backbone, {
    from: blocks - tail.depth,
    to: blocks,
    input: g.input('features', [batch, ...featureShape(tail)], { role: 'image', layout: 'NCHW' }),
    parameters: (name) => {
      const { shape, role } = must(specs.get(name), name);
      return g.parameter(name, shape, role);
    },
    mode: 'training',
    onBatchStatistics: (name, value) => g.output(name, value),
  });
  return g.build();
}

/**
 * Adds to the importance of each backbone weight the squared gradient of one image's pooled features, summed with random signs
 * (importance.ts). Inputs: features [1, …], signs [channels], 1 or −1.
 */
export function importanceGraph(tail: Tail): Graph {
  const g = new GraphBuilder();
  const { pooled } = pooledFeatures(g, tail, 1, 'inference');
  const signed = reduceSum(g, multiply(g, pooled, g.input('signs', [pooledChannels(tail)])));
  const held = trainedParameters(tail).filter(({ below }) => below >= 0);
  const values = held.map(({ name, shape, role }) => g.parameter(name, shape, role));
  gradients(g, signed, values).forEach((slope, i) => {
    const { name, shape, role } = held[i] as (typeof held)[number];
    const entry = importanceName(name);
    g.update(entry, add(g, g.parameter(entry, shape, role), square(g, slope)));
  });
  return g.build();
}
