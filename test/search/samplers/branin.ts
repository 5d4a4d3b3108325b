// Branin's function (minimum 0 here) and the regrets that samplers reach on it.
import { createSampler } from '../../../src/search/create-sampler.js';
import type { Parameters } from '../../../src/study/parameters.js';
import { SearchSpace } from '../../../src/study/space.js';
import { MINIMIZE, simulate } from '../simulation.js';

export const braninSpace = new SearchSpace({
  x: { type: 'float', min: -5, max: 10, scale: 'linear' },
  y: { type: 'float', min: 0, max: 15, scale: 'linear' },
});

export function branin(parameters: Parameters): number {
  const [x, y] = [Number(parameters.x), Number(parameters.y)];
  const parabola = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
  return parabola ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.39788735772973816;
}

/** The best value after `trials` trials for each of `seeds` seeds. */
export function regrets(strategy: 'bayesian' | 'tpe' | 'random', trials: number, seeds: number): number[] {
  return Array.from({ length: seeds }, (_, seed) => {
    const sampler = createSampler({ strategy }, braninSpace, MINIMIZE, seed);
    return simulate(sampler, branin, { trials, seed }).best?.best?.value ?? NaN;
  });
}
