// What a step is fed.
import { expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import type { Backbone } from '../../../src/backbones/backbone.js';
import type { Engine } from '../../../src/engines/engine.js';
import { type Tail, cutOf } from '../../../src/trainer/finetune/tail.js';
import { rateName, trainingGraph } from '../../../src/trainer/finetune/tail-graphs.js';
import { StepFeeder, emptyFeeds } from '../../../src/trainer/finetune/training-step.js';
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

it('is the share of the rate of each block, without a look through the layers at every step', async () => {
  const { backbone, looks } = watched();
  const tail: Tail = { backbone, inputSize: 16, depth: 3, classes: TOY_CLASSES };
  const bench = toyBench({} as Engine);
  const feeder = new StepFeeder({
    ...{ bench, tail },
    configuration: toyPlan('unused', { optimizer: 'sgd', blockDecay: 0.5 }).configuration,
    block: await bench.features.open(cutOf(tail), { split: 'train', strategy: 'none', view: 0 }),
    dropout: RandomStream.of('dropout'),
    mixing: RandomStream.of('mixing'),
  });
  const feeds = emptyFeeds({ graph: trainingGraph(tail, 2, feeder.options) });
  const before = looks();
  await feeder.fill(feeds, Uint32Array.of(0, 1), 0.25, 1);
  expect(looks()).toBe(before);
  const rates = ['plainRate', ...[-1, 0, 1, 2].map(rateName)].map((name) => feeds[name]?.[0]);
  expect(rates).toEqual([0.25, 0.25, 0.25, 0.125, 0.0625]);
});
