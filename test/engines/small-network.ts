// A training step of a small network that has a bit of everything: pixels, strides, pools with ties, fire, dropout, L2, Adam.
import { RandomStream } from '../../src/math/random.js';
import type { DeviceState, Engine, Program } from '../../src/engines/engine.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { gradients } from '../../src/graph/gradients.js';
import type { Graph, Value } from '../../src/graph/graph.js';
import { sizeOf, type HostTensor, type Role } from '../../src/graph/host-tensor.js';
import { add, divide, multiply, subtract } from '../../src/graph/operations/arithmetic.js';
import { concat } from '../../src/graph/operations/concat.js';
import { conv2d } from '../../src/graph/operations/conv2d.js';
import { relu, sqrt, square } from '../../src/graph/operations/elementwise.js';
import { matMul } from '../../src/graph/operations/mat-mul.js';
import { globalAveragePool, maxPool } from '../../src/graph/operations/pool.js';
import { reduceSum } from '../../src/graph/operations/reduce.js';
import { softmax, softmaxCrossEntropy } from '../../src/graph/operations/softmax.js';

const BATCH = 4;
const CLASSES = 3;
const SIDE = 16;
const UNITS = 24;

interface Built {
  readonly g: GraphBuilder;
  readonly logits: Value;
  readonly parameters: ReadonlyMap<string, Value>;
}

/** Loss, logits, and after each run the parameters and Adam's slots moved by one step. */
export function trainingGraph(): Graph {
  const { g, logits, parameters } = build(true);
  const labels = g.input('labels', [BATCH, CLASSES]);
  const rate = g.input('learningRate', []);
  const kernels = [...parameters].filter(([name]) => name.endsWith('kernel')).map(([, kernel]) => kernel);
  const penalty = kernels.map((kernel) => reduceSum(g, square(g, kernel))).reduce((a, b) => add(g, a, b));
  const entropy = softmaxCrossEntropy(g, logits, labels, g.constant(new Float32Array(BATCH).fill(1 / BATCH), [BATCH]));
  const loss = add(g, entropy, multiply(g, penalty, g.input('l2', [])));
  const names = [...parameters.keys()];
  gradients(g, loss, [...parameters.values()]).forEach((gradient, i) => adam(g, names[i] as string, gradient, rate));
  g.output('loss', loss);
  g.output('logits', logits);
  return g.build();
}

/** Probabilities alone, on the same parameters; no slots, no mask. */
export function evaluationGraph(): Graph {
  const { g, logits } = build(false);
  g.output('probabilities', softmax(g, logits));
  return g.build();
}

export function initialState(): Map<string, HostTensor> {
  const random = RandomStream.of('small network');
  const entries = new Map<string, HostTensor>();
  for (const { name, value } of trainingGraph().parameters) {
    const { shape, role } = value;
    const slot = name.endsWith('/m') || name.endsWith('/v') || name.endsWith('bias');
    const deviation = slot ? 0 : Math.sqrt(2 / sizeOf(shape.slice(0, -1)));
    entries.set(name, {
      shape,
      role,
      data: Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal()),
    });
  }
  return entries;
}

export function pixels(step: number): Uint8Array {
  const random = RandomStream.of('pixels', step);
  return Uint8Array.from({ length: BATCH * SIDE * SIDE * 3 }, () => random.integer(256));
}

export function trainingFeeds(step: number): Record<string, Float32Array | Uint8Array> {
  const random = RandomStream.of('feeds', step);
  const labels = new Float32Array(BATCH * CLASSES);
  for (let i = 0; i < BATCH; i++) labels[i * CLASSES + random.integer(CLASSES)] = 1;
  return {
    pixels: pixels(step),
    mask: Float32Array.from({ length: BATCH * UNITS }, () => (random.next() < 0.8 ? 1 / 0.8 : 0)),
    labels,
    learningRate: Float32Array.of(1e-3),
    l2: Float32Array.of(1e-3),
  };
}

/** Some steps from the initial state: the losses, and the state that is left. */
export async function train(
  engine: Engine,
  steps: number,
): Promise<{ losses: number[]; entries: Map<string, HostTensor> }> {
  const program = await engine.compile(trainingGraph());
  const state = engine.createState(initialState());
  const losses = await trainSome(program, state, 0, steps);
  const entries = await state.read();
  await program.dispose();
  state.dispose();
  return { losses, entries };
}

export async function trainSome(program: Program, state: DeviceState, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = from; step < to; step++) {
    const { loss } = await program.run(state, trainingFeeds(step));
    losses.push(loss?.[0] as number);
  }
  return losses;
}

function build(training: boolean): Built {
  const g = new GraphBuilder();
  const parameters = new Map<string, Value>();
  const parameter = (name: string, shape: number[], role: Role): Value => {
    const value = g.parameter(name, shape, role);
    parameters.set(name, value);
    return value;
  };
  const convolution = (x: Value, name: string, size: number, channels: number, strides = 1): Value => {
    const kernel = parameter(`${name}/kernel`, [size, size, x.shape[3] as number, channels], 'kernel');
    const bias = parameter(`${name}/bias`, [channels], 'plain');
    return relu(g, conv2d(g, x, kernel, { strides, padding: 'same', bias }));
  };
  const image = g.input('pixels', [BATCH, SIDE, SIDE, 3], { role: 'image', type: 'uint8' });
  const scaled = subtract(g, multiply(g, image, g.scalar(1 / 127.5)), g.scalar(1));
  let x = maxPool(g, convolution(scaled, 'stem', 3, 8), 3, { strides: 2 });
  for (const name of ['fire1', 'fire2']) {
    const squeezed = convolution(x, `${name}/squeeze`, 1, 6);
    x = concat(g, [
      convolution(squeezed, `${name}/expand1x1`, 1, 12),
      convolution(squeezed, `${name}/expand3x3`, 3, 12),
    ]);
  }
  const pooled = globalAveragePool(g, convolution(x, 'top', 3, UNITS, 2));
  const dropped = training ? multiply(g, pooled, g.input('mask', [BATCH, UNITS])) : pooled;
  const logits = add(
    g,
    matMul(g, dropped, parameter('head/kernel', [UNITS, CLASSES], 'plain')),
    parameter('head/bias', [CLASSES], 'plain'),
  );
  return { g, logits, parameters };
}

function adam(g: GraphBuilder, name: string, gradient: Value, rate: Value): void {
  const slot = (suffix: string, decay: number, sample: Value): Value => {
    const old = g.parameter(`${name}/${suffix}`, sample.shape, sample.role);
    const next = add(g, multiply(g, old, g.scalar(decay)), multiply(g, sample, g.scalar(1 - decay)));
    g.update(`${name}/${suffix}`, next);
    return next;
  };
  const mean = slot('m', 0.9, gradient);
  const deviation = sqrt(g, slot('v', 0.999, square(g, gradient)));
  const step = multiply(g, rate, divide(g, mean, add(g, deviation, g.scalar(1e-3))));
  g.update(name, subtract(g, g.parameter(name, gradient.shape, gradient.role), step));
}
