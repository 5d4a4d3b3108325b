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
import { globalAveragePool, maxPool } from '../../graph/operations/pool.js';
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

/** Images of a training task whose losses are known. */
export const CHECKED_BATCH = 8;

/** The first losses of the training task of that batch: those of the `cpu` engine, plain JavaScript. */
export const EXPECTED_LOSSES: readonly number[] = [1.4584188, 1.4171281, 1.3961412];

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
