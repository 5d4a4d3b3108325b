// What a step is fed.
import { expect, it } from 'vitest';
import type { Backbone } from '../../../src/backbones/backbone.js';
import type { Engine } from '../../../src/engines/engine.js';
import type { Tail } from '../../../src/trainer/finetune/tail.js';
import { rateName, trainingGraph } from '../../../src/trainer/finetune/tail-graphs.js';
import { EpochSteps, emptyFeeds } from '../../../src/trainer/finetune/train-epoch.js';
import { TOY_CLASSES, toyBackbone, toyBench, toyPlan } from './support/toy-bench.js';

/** The toy network, counting how often its blocks are looked at. */
function watched(): { readonly backbone: Backbone; readonly looks: () => number } {
  let looks = 0;
  const backbone: Backbone = {
    ...toyBackbone,
    get blocks() {
      looks++;
      return toyBackbone.blocks;
    },
  };
  return { backbone, looks: () => looks };
}

it('each block gets its share of the rate, without a look through the layers at every step', async () => {
  const { backbone, looks } = watched();
  const tail: Tail = { backbone, inputSize: 16, depth: 3, classes: TOY_CLASSES };
  const bench = toyBench({} as Engine);
  const trial = toyPlan('unused', { optimizer: 'sgd', blockDecay: 0.5, headLearningRate: 0.25 });
  const plan = { epoch: 1, tail, stepsBefore: 0, place: undefined };
  const steps = await EpochSteps.open(bench, trial, plan);
  const feeds = emptyFeeds({ graph: trainingGraph(tail, steps.size as number, steps.options) });
  const before = looks();
  await steps.fill(feeds);
  expect(looks()).toBe(before);
  const rates = ['plainRate', ...[-1, 0, 1, 2].map(rateName)].map((name) => feeds[name]?.[0]);
  expect(rates).toEqual([0.25, 0.25, 0.25, 0.125, 0.0625]);
});

it('the weight of each image is that of its class times its own', async () => {
  const tail: Tail = { backbone: toyBackbone, inputSize: 16, depth: 0, classes: TOY_CLASSES };
  const bench = toyBench({} as Engine);
  const own = Float32Array.from({ length: bench.labels.length }, (_, i) => 0.5 + (i % 4) / 4);
  const weighted = { ...bench, sampleWeights: own };
  const trial = toyPlan('unused', { classWeights: 'balanced' });
  const plan = { epoch: 1, tail, stepsBefore: 0, place: undefined, batches: [Uint32Array.of(5, 2, 7, 0)] };
  const weightsOf = async (some: typeof weighted | typeof bench): Promise<number[]> => {
    const steps = await EpochSteps.open(some, trial, plan);
    const feeds = emptyFeeds({ graph: trainingGraph(tail, 4, steps.options) });
    await steps.fill(feeds);
    return [...(feeds['weights'] ?? [])];
  };
  const plain = await weightsOf(bench);
  const expected = [5, 2, 7, 0].map((position, i) => Math.fround((plain[i] ?? NaN) * (own[position] ?? NaN)));
  (await weightsOf(weighted)).forEach((weight, i) => expect(weight).toBeCloseTo(expected[i] ?? NaN, 6));
  expect(new Set(expected).size).toBeGreaterThan(1);
});

it('steps that updated nothing do not count for bias corrections, nor for later epochs', async () => {
  const tail: Tail = { backbone: toyBackbone, inputSize: 16, depth: 0, classes: TOY_CLASSES };
  const trial = toyPlan('unused', { optimizer: 'adam' });
  const steps = await EpochSteps.open(toyBench({} as Engine), trial, {
    ...{ epoch: 1, tail, stepsBefore: 0, place: undefined },
    batches: [0, 1, 2].map((position) => Uint32Array.of(position)),
    rates: [1, 1, 1],
  });
  const feeds = emptyFeeds({ graph: trainingGraph(tail, 1, steps.options) });
  const rates: (number | undefined)[] = [];
  for (const skipped of [1, 0, 0]) {
    await steps.fill(feeds);
    rates.push(feeds[rateName(-1)]?.[0]);
    steps.took({ loss: 1, skipped });
  }
  expect(rates[1]).toBe(rates[0]);
  expect(rates[2]).not.toBe(rates[1]);
  expect(steps.result.steps).toBe(2);
});

it('an epoch in which no step had finite gradients has diverged, not learned nothing', async () => {
  const tail: Tail = { backbone: toyBackbone, inputSize: 16, depth: 0, classes: TOY_CLASSES };
  const batches = Array.from({ length: 17 }, (_, position) => Uint32Array.of(position));
  const plan = { epoch: 3, tail, stepsBefore: 0, place: undefined, batches };
  const trial = toyPlan('unused', {});
  const steps = await EpochSteps.open(toyBench({} as Engine), trial, plan);
  for (let i = 0; i < 16; i++) steps.took({ loss: 1, skipped: 1 });
  expect(() => steps.took({ loss: 1, skipped: 1 })).toThrow(
    'no step of epoch 3 had finite gradients in float16: bfloat16 or float32 may train it',
  );
  const short = await EpochSteps.open(toyBench({} as Engine), trial, { ...plan, batches: batches.slice(1) });
  for (let i = 0; i < 16; i++) short.took({ loss: 1, skipped: 1 });
  expect(short.result.steps).toBe(0);
});
