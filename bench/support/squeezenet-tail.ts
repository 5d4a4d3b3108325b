// The training step that benchmarks run: the top of SqueezeNet 1.1 from cached features, cross-entropy, Adam.
import { GraphBuilder } from '../../src/trainer/graph/builder.js';
import { gradients } from '../../src/trainer/graph/gradients.js';
import type { Graph, Value } from '../../src/trainer/graph/graph.js';
import { sizeOf, type HostTensor, type Role } from '../../src/trainer/graph/host-tensor.js';
import { add, divide, multiply, subtract } from '../../src/trainer/graph/operations/arithmetic.js';
import { concat } from '../../src/trainer/graph/operations/concat.js';
import { conv2d } from '../../src/trainer/graph/operations/conv2d.js';
import { relu, sqrt, square } from '../../src/trainer/graph/operations/elementwise.js';
import { matMul } from '../../src/trainer/graph/operations/mat-mul.js';
import { globalAveragePool } from '../../src/trainer/graph/operations/pool.js';
import { softmaxCrossEntropy } from '../../src/trainer/graph/operations/softmax.js';
import { RandomStream } from '../../src/math/random.js';

/** Fire modules 6 to 9: channels in, squeezed, and of each of the two expansions. */
const FIRES = [
  [256, 48, 192],
  [384, 48, 192],
  [384, 64, 256],
  [512, 64, 256],
] as const;
const SIDE = 13;
const CLASSES = 2;

export interface Step {
  readonly graph: Graph;
  readonly state: ReadonlyMap<string, HostTensor>;
  readonly feeds: Readonly<Record<string, Float32Array>>;
}

/** One step over `batch` cached feature maps through the top `depth` fire modules and a dense head; seeded numbers. */
export function squeezenetTail(depth: 1 | 2 | 4, batch: number): Step {
  const g = new GraphBuilder();
  const random = RandomStream.of('squeezenet tail', depth);
  const state = new Map<string, HostTensor>();
  const parameters: { name: string; value: Value }[] = [];

  const parameter = (name: string, shape: number[], role: Role, deviation: number): Value => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal());
    state.set(name, { shape, role, data });
    for (const slot of ['m', 'v']) state.set(`${name}/${slot}`, { shape, role, data: new Float32Array(data.length) });
    const value = g.parameter(name, shape, role);
    parameters.push({ name, value });
    return value;
  };
  const convolution = (x: Value, name: string, size: number, channels: number): Value => {
    const inputs = x.shape[3] as number;
    const kernel = parameter(
      `${name}/kernel`,
      [size, size, inputs, channels],
      'kernel',
      Math.sqrt(2 / (inputs * size * size)),
    );
    return relu(g, conv2d(g, x, kernel, { padding: 'same', bias: parameter(`${name}/bias`, [channels], 'plain', 0) }));
  };

  const fires = FIRES.slice(-depth);
  let x = g.input('features', [batch, SIDE, SIDE, (fires[0] as readonly number[])[0] as number], {
    role: 'image',
    layout: 'NCHW',
  });
  const features = x;
  for (const [i, [, squeezed, expanded]] of fires.entries()) {
    const squeeze = convolution(x, `fire${i}/squeeze`, 1, squeezed);
    x = concat(g, [
      convolution(squeeze, `fire${i}/expand1x1`, 1, expanded),
      convolution(squeeze, `fire${i}/expand3x3`, 3, expanded),
    ]);
  }
  const labels = g.input('labels', [batch, CLASSES]);
  const rate = g.input('learningRate', []);
  const logits = add(
    g,
    matMul(g, globalAveragePool(g, x), parameter('head/kernel', [512, CLASSES], 'plain', 0.05)),
    parameter('head/bias', [CLASSES], 'plain', 0),
  );
  const loss = softmaxCrossEntropy(g, logits, labels, g.constant(new Float32Array(batch).fill(1 / batch), [batch]));
  g.output('loss', loss);
  const values = parameters.map(({ value }) => value);
  gradients(g, loss, values).forEach((gradient, i) =>
    adam(g, parameters[i] as { name: string; value: Value }, gradient, rate),
  );
  return {
    graph: g.build(),
    state,
    feeds: {
      features: Float32Array.from({ length: sizeOf(features.shape) }, () => Math.max(random.normal(), 0)),
      labels: Float32Array.from({ length: batch * CLASSES }, (_, i) => (i % CLASSES === (i >> 2) % CLASSES ? 1 : 0)),
      learningRate: Float32Array.of(1e-4),
    },
  };
}

/** Kingma & Ba 2015, with the correction of the moments taken to be within the rate. */
function adam(g: GraphBuilder, { name, value }: { name: string; value: Value }, gradient: Value, rate: Value): void {
  const decayed = (slot: string, decay: number, sample: Value): Value => {
    const old = g.parameter(`${name}/${slot}`, value.shape, value.role);
    const next = add(g, multiply(g, old, g.scalar(decay)), multiply(g, sample, g.scalar(1 - decay)));
    g.update(`${name}/${slot}`, next);
    return next;
  };
  const mean = decayed('m', 0.9, gradient);
  const deviation = sqrt(g, decayed('v', 0.999, square(g, gradient)));
  g.update(name, subtract(g, value, multiply(g, rate, divide(g, mean, add(g, deviation, g.scalar(1e-7))))));
}
