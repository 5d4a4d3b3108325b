// The Sobol sampler: even coverage, and an order that enqueued trials do not disturb.
import { expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { SobolSampler } from '../../../src/search/samplers/sobol.js';
import { SearchSpace } from '../../../src/study/space.js';
import { simulate, start } from '../simulation.js';

const space = new SearchSpace({
  rate: { type: 'float', min: 1e-4, max: 1, scale: 'log' },
  depth: { type: 'int', min: 0, max: 3, scale: 'linear' },
});

it('sixteen trials visit every sixteenth of the rate and every depth four times', () => {
  const history = simulate(new SobolSampler(space, 5), () => 0, { trials: 16 });
  const units = history.trials.map((trial) => space.encode(trial.parameters));
  expect(new Set(units.map((unit) => Math.floor((unit[0] as number) * 16))).size).toBe(16);
  for (let depth = 0; depth < 4; depth++) {
    expect(history.trials.filter((trial) => trial.parameters.depth === depth)).toHaveLength(4);
  }
});

it('an enqueued trial does not use up a point', () => {
  const sampler = new SobolSampler(space, 5);
  const history = simulate(sampler, () => 0, { trials: 0 });
  const before = sampler.ask(history, RandomStream.of(0));
  start(history, { rate: 0.5, depth: 1 }, 'enqueued');
  expect(sampler.ask(history, RandomStream.of(1))).toEqual(before);
});
