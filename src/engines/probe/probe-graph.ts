// What an engine is measured by: a training step and a frozen forward pass of a small network of fire modules, with seeded numbers.
import { must } from '../../system/must.js';
import { RandomStream } from '../../math/random.js';
import { GraphBuilder } from '../../graph/builder.js';
import { gradients } from '../../graph/gradients.js';
import type { Graph, Value } from '../../graph/graph.js';
import { sizeOf, type HostTensor, type Role } from '../../graph/host-tensor.js';
import { add, multiply, subtract } from '../../graph/operations/arithmetic.js';
import { concat } from '../../graph/operations/concat.js';
import { conv2d } from '../../graph/operations/conv2d.js';
import { relu } from '../../graph/operations/elementwise.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { batchNorm } from '../../graph/operations/batch-norm.js';
import { averagePool, globalAveragePool, maxPool } from '../../graph/operations/pool.js';
import { softmaxCrossEntropy } from '../../graph/operations/softmax.js';
import type { Feeds } from '../feeds.js';

export interface Task {
  readonly graph: Graph;
  readonly state: ReadonlyMap<string, HostTensor>;
  readonly feeds: Feeds;
  /** Per run. */
  readonly images: number;
}

type Weights = (name: string, shape: number[], role: Role, deviation: number) => Value;

const CLASSES = 4;

/** Features 13×13×256 of a batch of images through one fire module and a dense layer; gradient descent on the cross-entropy. */
export function trainingTask(batch: number): Task {
  const g = new GraphBuilder();
  const state = new Map<string, HostTensor>();
  const parameters = new Map<string, Value>();
  const random = RandomStream.of('probe', 'training');
  const weights: Weights = (name, shape, role, deviation) => {
    state.set(name, { shape, role, data: normal(random, shape, deviation) });
    const value = g.parameter(name, shape, role);
    parameters.set(name, value);
    return value;
  };
  const features = g.input('features', [batch, 13, 13, 256], { role: 'image', layout: 'NCHW' });
  const labels = g.input('labels', [batch, CLASSES]);
  const pooled = globalAveragePool(g, fire(g, features, 'fire', [48, 192], weights));
  const logits = add(
    g,
    matMul(g, pooled, weights('head/kernel', [384, CLASSES], 'plain', 0.05)),
    weights('head/bias', [CLASSES], 'plain', 0),
  );
  const shares = g.constant(new Float32Array(batch).fill(1 / batch), [batch]);
  const loss = softmaxCrossEntropy(g, logits, labels, shares);
  g.output('loss', loss);
  const names = [...parameters.keys()];
  gradients(g, loss, [...parameters.values()]).forEach((gradient, i) => {
    const name = must(names[i], 'a parameter');
    g.update(name, subtract(g, must(parameters.get(name), 'a parameter'), multiply(g, gradient, g.scalar(RATE))));
  });
  const data = normal(random, features.shape, 1).map((number) => Math.max(number, 0));
  const one = (i: number): number => (i % CLASSES === Math.floor(i / CLASSES) % CLASSES ? 1 : 0);
  const feeds = { features: data, labels: Float32Array.from({ length: batch * CLASSES }, (_, i) => one(i)) };
  return { graph: g.build(), state, feeds, images: batch };
}

const RATE = 0.05;

/** Images of a task whose losses are known. */
const CHECKED_BATCH = 8;

/** Tasks with their first losses: those of the `cpu` engine, plain JavaScript. */
export const CHECKED_TASKS: readonly { readonly task: () => Task; readonly losses: readonly number[] }[] = [
  { task: () => trainingTask(CHECKED_BATCH), losses: [1.4584188, 1.4171281, 1.3961412] },
  { task: windowsTask, losses: [5.0848494, 2.7298994, 2.0407014] },
];

/**
 * One step of a convolution with BatchNorm, a largest and a mean of windows within margins: what GPUs have been wrong about. Its losses
 * after the first tell of its gradients.
 */
export function windowsTask(): Task {
  const g = new GraphBuilder();
  const random = RandomStream.of('probe', 'windows');
  const state = new Map<string, HostTensor>();
  const trained = (name: string, data: Float32Array, shape: readonly number[], role: Role): Value => {
    state.set(name, { shape, role, data });
    return g.parameter(name, shape, role);
  };
  const images = g.input('images', [CHECKED_BATCH, 9, 9, 8], { role: 'image', layout: 'NCHW' });
  const kernel = trained('kernel', normal(random, [3, 3, 8, 8], 0.2), [3, 3, 8, 8], 'kernel');
  const gamma = trained('gamma', new Float32Array(8).fill(1), [8], 'plain');
  const beta = trained('beta', new Float32Array(8), [8], 'plain');
  const { y } = batchNorm(g, [conv2d(g, images, kernel, { padding: 'same' }), gamma, beta], 1e-3);
  const windows = averagePool(g, maxPool(g, relu(g, y), 3, { strides: 2, padding: 'same' }), 3, { padding: 'same' });
  const weights = g.constant(normal(random, [8, CLASSES], 1), [8, CLASSES]);
  // One corner weighs more than the rest, so that a wrong margin shows.
  const corner = g.constant(
    Float32Array.from({ length: 5 * 5 * 8 }, (_, i) => (i < 8 ? 25 : 0.5)),
    [1, 5, 5, 8],
    'image',
  );
  const logits = matMul(g, globalAveragePool(g, multiply(g, windows, corner)), weights);
  const labels = g.constant(
    Float32Array.from({ length: CHECKED_BATCH * CLASSES }, (_, i) =>
      i % CLASSES === Math.floor(i / CLASSES) % CLASSES ? 1 : 0,
    ),
    [CHECKED_BATCH, CLASSES],
  );
  const loss = softmaxCrossEntropy(
    g,
    logits,
    labels,
    g.constant(new Float32Array(CHECKED_BATCH).fill(1 / CHECKED_BATCH), [CHECKED_BATCH]),
  );
  g.output('loss', loss);
  const parameters = [kernel, gamma, beta];
  const names = [...state.keys()];
  gradients(g, loss, parameters).forEach((gradient, i) => {
    const value = must(parameters[i], 'a parameter');
    g.update(must(names[i], 'its name'), subtract(g, value, multiply(g, gradient, g.scalar(WINDOWS_RATE))));
  });
  return { graph: g.build(), state, feeds: { images: normal(random, images.shape, 1) }, images: CHECKED_BATCH };
}

const WINDOWS_RATE = 0.1;

/** One image of 112×112 pixels through a convolution, a pool and two fire modules, all of it constant. */
export function forwardTask(): Task {
  const g = new GraphBuilder();
  const random = RandomStream.of('probe', 'forward');
  const weights: Weights = (_, shape, role, deviation) => g.constant(normal(random, shape, deviation), shape, role);
  const pixels = g.input('pixels', [1, 112, 112, 3], { role: 'image', type: 'uint8' });
  const scaled = multiply(g, pixels, g.scalar(1 / 128));
  const stem = relu(
    g,
    conv2d(g, scaled, weights('stem', [3, 3, 3, 64], 'kernel', 0.3), { strides: 2, padding: 'same' }),
  );
  const x = maxPool(g, stem, 3, { strides: 2, padding: 'same' });
  const y = fire(g, fire(g, x, 'fire1', [16, 64], weights), 'fire2', [16, 64], weights);
  g.output('features', globalAveragePool(g, y));
  const feeds = { pixels: Uint8Array.from({ length: sizeOf(pixels.shape) }, () => random.integer(256)) };
  return { graph: g.build(), state: new Map(), feeds, images: 1 };
}

/** Iandola et al. 2016: squeezed by kernels of one pixel, expanded by kernels of one and of nine. */
function fire(
  g: GraphBuilder,
  x: Value,
  name: string,
  [squeezed, expanded]: readonly [number, number],
  weights: Weights,
): Value {
  const convolution = (from: Value, part: string, size: number, outs: number): Value => {
    const ins = from.shape[3]!;
    const kernel = weights(`${name}/${part}`, [size, size, ins, outs], 'kernel', Math.sqrt(2 / (ins * size * size)));
    return relu(g, conv2d(g, from, kernel, { padding: 'same' }));
  };
  const squeeze = convolution(x, 'squeeze', 1, squeezed);
  return concat(g, [convolution(squeeze, 'expand1x1', 1, expanded), convolution(squeeze, 'expand3x3', 3, expanded)]);
}

function normal(random: RandomStream, shape: readonly number[], deviation: number): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal());
}
