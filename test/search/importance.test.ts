// Importance and partial dependence, on functions whose answer is known.
import { describe, expect, it } from 'vitest';
import { createSampler } from '../../src/search/create-sampler.js';
import { importance } from '../../src/search/importance.js';
import { partialDependence } from '../../src/search/partial-dependence.js';
import { type StudyModel, modelStudy } from '../../src/search/study-model.js';
import type { Parameters } from '../../src/study/parameters.js';
import { SearchSpace } from '../../src/study/space.js';
import { MINIMIZE, simulate } from './simulation.js';

const maximize = { metric: 'f1', direction: 'maximize' } as const;
const space = new SearchSpace({
  rate: { type: 'float', min: 1e-5, max: 1e-1, scale: 'log' },
  batch: { type: 'choice', values: [8, 16, 32], ordinal: true },
  unused: { type: 'float', min: 0, max: 1, scale: 'linear' },
  optimizer: { type: 'choice', values: ['adam', 'sgd'], ordinal: false },
  momentum: { type: 'float', min: 0, max: 1, scale: 'linear', when: { optimizer: ['sgd'] } },
});

/** Best at a rate of 1e-3; the batch size matters less; the momentum, where there is one, a little. */
function score({ rate, batch, momentum }: Parameters): number {
  return (
    0.9 - 0.1 * (Math.log10(Number(rate)) + 3) ** 2 - 0.05 * Math.log2(Number(batch) / 8) - 0.03 * Number(momentum ?? 0)
  );
}

function model(
  evaluate: (parameters: Parameters) => number,
  trials = 60,
  quality?: (parameters: Parameters) => number,
): StudyModel | undefined {
  const sampler = createSampler({ strategy: 'sobol' }, space, maximize, 3);
  const beforehand = quality && ((parameters: Parameters) => ({ quality: quality(parameters), logSeconds: 0 }));
  return modelStudy(space, simulate(sampler, evaluate, { trials, objective: maximize }), beforehand);
}
const fitted = model(score) as StudyModel;

describe('importance', () => {
  const found = importance(fitted);
  const share = (name: string): number => found.find((entry) => entry.name === name)?.share ?? NaN;

  it('ranks parameters by their effect', () => {
    expect(found.map(({ name }) => name).slice(0, 2)).toEqual(['rate', 'batch']);
    expect(share('rate')).toBeGreaterThan(0.6);
    expect(share('unused')).toBeLessThan(0.05);
  });

  it('shares add up to one; what a parameter explains alone is at most everything', () => {
    expect(found.reduce((sum, entry) => sum + entry.share, 0)).toBeCloseTo(1, 10);
    for (const { alone } of found) expect(alone >= 0 && alone <= 1).toBe(true);
  });

  it('is 0 for all where nothing has an effect', () => {
    const flat = importance(model(() => 0.5) as StudyModel);
    expect(flat.map((entry) => entry.share)).toEqual([0, 0, 0, 0, 0]);
  });

  it('is the same for the same history', () => {
    expect(importance(model(score) as StudyModel)).toEqual(found);
  });

  it('begins with what is known beforehand', () => {
    const shares = importance(model(score, 6, (parameters) => 20 * (score(parameters) - 0.6)) as StudyModel);
    const distance = (list: typeof shares): number =>
      found.reduce((sum, { name, share }) => {
        return sum + Math.abs(share - (list.find((entry) => entry.name === name)?.share ?? NaN));
      }, 0);
    expect(distance(shares)).toBeLessThan(0.5 * distance(importance(model(score, 6) as StudyModel)));
  });

  it('gives up what is known beforehand where trials say otherwise', () => {
    const shares = importance(model(score, 60, ({ unused }) => 3 * Number(unused)) as StudyModel);
    expect(shares.find(({ name }) => name === 'unused')?.share).toBeLessThan(0.05);
  });

  it('is 0 for all where nothing has an effect, whatever was known beforehand', () => {
    const flat = importance(
      model(
        () => 0.5,
        60,
        ({ unused }) => 3 * Number(unused),
      ) as StudyModel,
    );
    expect(flat.map((entry) => entry.share)).toEqual([0, 0, 0, 0, 0]);
  });

  it('says nothing with fewer than five values', () => {
    expect(model(score, 4)).toBeUndefined();
  });
});

describe('partialDependence', () => {
  it('has its top where the function has, in units of objective and parameter', () => {
    const points = partialDependence(fitted, 'rate');
    const top = points.reduce((best, point) => (point.expected > best.expected ? point : best));
    expect(Math.abs(Math.log10(Number(top.parameter)) + 3)).toBeLessThan(0.35);
    expect(top.expected).toBeGreaterThan(0.75);
    expect(top.expected).toBeLessThan(0.95);
    expect(points[0]?.parameter).toBe(1e-5);
    expect(points.at(-1)?.parameter).toBe(1e-1);
  });

  it('lists every value of a choice, in order, with a range around what is expected', () => {
    const points = partialDependence(fitted, 'batch');
    expect(points.map(({ parameter }) => parameter)).toEqual([8, 16, 32]);
    for (const { low, expected, high } of points) expect(low <= expected && expected <= high).toBe(true);
    expect(points[0]?.expected).toBeGreaterThan(points[2]?.expected ?? NaN);
  });

  it('shows a conditional parameter where it is active', () => {
    const points = partialDependence(fitted, 'momentum');
    expect(points[0]?.expected).toBeGreaterThan(points.at(-1)?.expected ?? NaN);
  });

  it('refuses a name that the space does not have', () => {
    expect(() => partialDependence(fitted, 'depth')).toThrow("got 'depth' at partialDependence");
  });

  it('a minimised objective keeps its sign', () => {
    const line = new SearchSpace({ x: { type: 'float', min: 0, max: 1, scale: 'linear' } });
    const history = simulate(createSampler({ strategy: 'sobol' }, line, MINIMIZE, 1), ({ x }) => Number(x), {
      trials: 20,
    });
    const points = partialDependence(modelStudy(line, history) as StudyModel, 'x');
    expect(points[0]?.expected).toBeCloseTo(0, 1);
    expect(points.at(-1)?.expected).toBeCloseTo(1, 1);
  });
});
