// Every operation and its gradient, on every engine, against tfjs's own operations and automatic differentiation.
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import type { Engine } from '../../src/engines/engine.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { gradients } from '../../src/graph/gradients.js';
import { sizeOf } from '../../src/graph/host-tensor.js';
import { multiply } from '../../src/graph/operations/arithmetic.js';
import { reduceSum } from '../../src/graph/operations/reduce.js';
import { CASES, type Case, type Operand } from './conformance-cases.js';
import { LAYER_CASES } from './conformance-layers.js';
import { expectClose } from './close.js';
import { describeEngines, loadEngines } from './tested-engines.js';

const engines = await loadEngines();
await import('@tensorflow/tfjs-backend-cpu');
await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');

const named = [...CASES, ...LAYER_CASES].map((example) => [example.name, example] as const);

describeEngines(engines, (engine) => {
  it.each(named)('%s', (_, example) => expectConformance(engine, example, false));
  // Where the loss is computed in any case, an engine may differentiate it in its own way.
  if (engine.name === 'torch')
    it.each(named)('%s, by autograd', (_, example) => expectConformance(engine, example, true));
});

async function expectConformance(engine: Engine, example: Case, givesLoss: boolean): Promise<void> {
  const { expected, feeds, probe } = oracle(example);
  const g = new GraphBuilder();
  const values = example.operands.map(({ shape, role }, i) => g.input(`operand${i}`, shape, { role }));
  const y = example.build(g, values);
  g.output('y', y);
  const loss = reduceSum(g, multiply(g, y, g.constant(probe, y.shape, y.role)));
  gradients(g, loss, values).forEach((gradient, i) => g.output(`gradient${i}`, gradient));
  if (givesLoss) g.output('loss', loss);
  const program = await engine.compile(g.build());
  const state = engine.createState(new Map());
  const { loss: _, ...actual } = await program.run(state, feeds);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, numbers] of Object.entries(expected)) expectClose(actual[name], numbers, 2e-5, name);
  await program.dispose();
  state.dispose();
}

/** Outputs and gradients of Σ probe · y by tfjs on the cpu backend. */
function oracle({ name, operands, oracle: compute }: Case) {
  void tf.setBackend('cpu');
  return tf.tidy(() => {
    const random = RandomStream.of('conformance', name);
    const data = operands.map((operand) => numbersOf(operand, random));
    const tensors = operands.map(({ shape }, i) => tf.tensor((data[i] as Float32Array).slice(), [...shape], 'float32'));
    const y = compute(tf, tensors);
    const probe = Float32Array.from({ length: y.size }, () => random.normal());
    const probeTensor = tf.tensor(probe.slice(), y.shape, 'float32');
    const derivatives = tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(compute(tf, xs), probeTensor)))(tensors);
    const expected: Record<string, Float32Array> = { y: y.dataSync<'float32'>().slice() };
    derivatives.forEach((gradient, i) => (expected[`gradient${i}`] = gradient.dataSync<'float32'>().slice()));
    return { expected, feeds: Object.fromEntries(data.map((numbers, i) => [`operand${i}`, numbers])), probe };
  });
}

function numbersOf({ shape, range }: Operand, random: RandomStream): Float32Array {
  const draw = {
    any: () => 2 * random.normal(),
    positive: () => random.uniform(0.2, 3),
    ties: () => random.integer(3),
  }[range];
  return Float32Array.from({ length: sizeOf(shape) }, draw);
}
