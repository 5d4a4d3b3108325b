// Vectorised graphs: each copy is the graph alone, and copies do not affect each other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import type { Engine, EngineName } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { gradients } from '../../src/graph/gradients.js';
import type { Graph } from '../../src/graph/graph.js';
import { type HostTensor, sizeOf } from '../../src/graph/host-tensor.js';
import { vmapKeepsBits, vmap } from '../../src/graph/vmap.js';
import { add, divide, maximum, multiply, subtract } from '../../src/graph/operations/arithmetic.js';
import { binaryCrossEntropy } from '../../src/graph/operations/binary-cross-entropy.js';
import { conv2d } from '../../src/graph/operations/conv2d.js';
import { abs, exp, sqrt, square } from '../../src/graph/operations/elementwise.js';
import { matMul } from '../../src/graph/operations/mat-mul.js';
import { reduceMean, reduceSum } from '../../src/graph/operations/reduce.js';
import { softmaxCrossEntropy } from '../../src/graph/operations/softmax.js';

const COPIES = 3;
const BATCH = 8;
const CHANNELS = 12;
const CLASSES = 4;

/** Everything that a head's step is made of, and the broadcasts that vmap has to get right. */
function step(): Graph {
  const g = new GraphBuilder();
  const x = g.input('x', [BATCH, CHANNELS]);
  const kernel = g.parameter('kernel', [CHANNELS, CLASSES]);
  const bias = g.parameter('bias', [CLASSES]);
  const scores = add(g, matMul(g, x, kernel), bias);
  const shared = g.constant(
    Array.from({ length: BATCH * CLASSES }, (_, i) => (i % 3) - 1),
    [BATCH, CLASSES],
  );
  const centred = subtract(g, add(g, scores, shared), reduceMean(g, scores, [1], true));
  const labels = g.input('labels', [BATCH, CLASSES]);
  const fit = add(
    g,
    softmaxCrossEntropy(g, centred, labels, g.input('weights', [BATCH])),
    binaryCrossEntropy(g, centred, labels, g.input('labelWeights', [BATCH, CLASSES])),
  );
  const penalty = multiply(g, reduceSum(g, add(g, square(g, kernel), abs(g, kernel))), g.input('l2', []));
  const loss = add(g, fit, penalty);
  const slopes = gradients(g, loss, [kernel, bias]);
  const rate = g.input('rate', []);
  [kernel, bias].forEach((value, i) => {
    const slope = slopes[i] as typeof value;
    const scale = divide(g, rate, maximum(g, sqrt(g, reduceSum(g, square(g, slope))), rate));
    g.update(i === 0 ? 'kernel' : 'bias', subtract(g, value, multiply(g, slope, scale)));
  });
  g.output('loss', loss);
  g.output('raised', exp(g, scores));
  g.output('constant', reduceSum(g, shared, [0]));
  return g.build();
}

const numbers = (copy: number, name: string, shape: readonly number[]): Float32Array => {
  const random = RandomStream.of(name, copy);
  return Float32Array.from({ length: sizeOf(shape) }, () => Math.abs(0.3 * random.normal()) + 1e-3);
};

const join = (parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));

/** Outputs and updates of one run, by name; `fill` gives an array of a shape of one copy. */
async function run(engine: Engine, graph: Graph, fill: (name: string, shape: readonly number[]) => Float32Array) {
  const program = await engine.compile(graph);
  const tensors = graph.parameters.map(({ name, value }): [string, HostTensor] => [
    name,
    { shape: value.shape, role: 'plain', data: fill(name, value.shape) },
  ]);
  const state = engine.createState(new Map(tensors));
  const feeds = Object.fromEntries(graph.inputs.map(({ name, value }) => [name, fill(name, value.shape)]));
  const outputs = await program.run(state, feeds);
  const updated = [...(await state.read())].map(([name, { data }]) => [name, data] as const);
  state.dispose();
  await program.dispose();
  return new Map([...Object.entries(outputs), ...updated]);
}

describe.each<EngineName>(['onnx', 'wasm', 'cpu'])('vmap on the %s engine', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name);
  });
  afterAll(() => engine.dispose());

  /** The copies' results; `numbersOf` makes each copy's arrays. */
  const together = (numbersOf: typeof numbers) =>
    run(engine, vmap(step(), COPIES), (array, shape) =>
      join(Array.from({ length: COPIES }, (_, copy) => numbersOf(copy, array, shape.slice(1)))),
    );

  it('give each what it gets alone', async () => {
    const all = await together(numbers);
    for (let copy = 0; copy < COPIES; copy++) {
      const alone = await run(engine, step(), (array, shape) => numbers(copy, array, shape));
      for (const [key, data] of alone) {
        const own = (all.get(key) as Float32Array).slice(copy * data.length, (copy + 1) * data.length);
        if (name === 'onnx') expect({ key, own }).toEqual({ key, own: data });
        else data.forEach((value, i) => expect(own[i]).toBeCloseTo(value, 5));
      }
    }
  });

  it('keep what is no number to themselves', async () => {
    const clean = await together(numbers);
    const poisoned = await together((copy, array, shape) =>
      copy === 1 && array === 'kernel' ? new Float32Array(sizeOf(shape)).fill(NaN) : numbers(copy, array, shape),
    );
    for (const [key, data] of clean) {
      const third = data.length / COPIES;
      const found = poisoned.get(key) as Float32Array;
      expect(found.slice(0, third)).toEqual(data.slice(0, third));
      expect(found.slice(2 * third)).toEqual(data.slice(2 * third));
    }
    expect(poisoned.get('loss')?.[1]).toBeNaN();
  });
});

describe('a vectorised graph', () => {
  it('cannot have feature maps, which are laid out by dimension', () => {
    const g = new GraphBuilder();
    const image = g.input('image', [1, 4, 4, 3], { role: 'image' });
    g.output('y', conv2d(g, image, g.parameter('kernel', [1, 1, 3, 2], 'kernel'), { padding: 'same' }));
    expect(() => vmap(g.build(), 2)).toThrow(expect.objectContaining({ code: 'ERR_GRAPH' }));
  });

  it.each([
    [8, true],
    [7, false],
  ])('of batches of %d keeps the bits: %s', (batch, kept) => {
    const g = new GraphBuilder();
    g.output('sum', reduceSum(g, g.input('x', [batch, 3]), [1]));
    expect(vmapKeepsBits(g.build())).toBe(kept);
  });
});
