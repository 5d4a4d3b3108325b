// The grid sampler: in order, and cheap at length.
import { expect, it } from 'vitest';
import { GridSampler } from '../../../src/search/samplers/grid.js';
import { SearchSpace } from '../../../src/study/space.js';
import { simulate } from '../simulation.js';

it('goes through the grid in order and ends', () => {
  const space = new SearchSpace({
    optimizer: { type: 'choice', values: ['adam', 'sgd'], ordinal: false },
    rate: { type: 'float', min: 0.001, max: 0.1, scale: 'log' },
  });
  const history = simulate(new GridSampler(space, 3), () => 0, { trials: 100 });
  expect(history.trials.map(({ parameters }) => `${parameters.optimizer} ${parameters.rate}`)).toEqual([
    'adam 0.001',
    'adam 0.01',
    'adam 0.1',
    'sgd 0.001',
    'sgd 0.01',
    'sgd 0.1',
  ]);
});

it('lists no space in advance: one of 10^40 points starts at once', () => {
  const space = new SearchSpace(
    Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`x${i}`, { type: 'float', min: 0, max: 1, scale: 'linear' }]),
    ),
  );
  expect(simulate(new GridSampler(space, 10), () => 0, { trials: 5 }).trials).toHaveLength(5);
});
