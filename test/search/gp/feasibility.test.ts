// The probability of not failing.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { Feasibility } from '../../../src/search/gp/feasibility.js';
import { Distance } from '../../../src/search/gp/kernel.js';
import type { ModelData } from '../../../src/search/model-data.js';
import { SearchSpace } from '../../../src/study/space.js';
import { differences } from './mixed-training.js';

const space = new SearchSpace({
  batch: { type: 'float', min: 0, max: 1, scale: 'linear' },
  depth: { type: 'float', min: 0, max: 1, scale: 'linear' },
});
const distance = new Distance(space);

/** Thirty trials of which those with batch + depth > 1.2 ran out of memory. */
function data(): ModelData {
  const random = RandomStream.of('feasibility');
  const units = Array.from({ length: 30 }, () => Float64Array.of(random.next(), random.next()));
  const isLarge = ([batch = 0, depth = 0]: Float64Array) => batch + depth > 1.2;
  return {
    observations: units.filter((unit) => !isLarge(unit)).map((unit) => ({ unit, loss: 1, doubt: 0, own: true })),
    pending: [],
    failed: units.filter(isLarge),
  };
}

describe('Feasibility', () => {
  it('finds the edge beyond which trials fail', () => {
    const feasibility = Feasibility.of(space, data()) as Feasibility;
    const [inside = 0, outside = 0] = feasibility
      .values([Float64Array.of(0.3, 0.3), Float64Array.of(0.95, 0.95)])
      .map(Math.exp);
    expect(inside).toBeGreaterThan(0.9);
    expect(outside).toBeLessThan(0.2);
  });

  it('its gradient agrees with differences', () => {
    const feasibility = Feasibility.of(space, data()) as Feasibility;
    for (const x of [Float64Array.of(0.6, 0.6), Float64Array.of(0.9, 0.8), Float64Array.of(0.1, 0.2)]) {
      const gradient = new Float64Array(2);
      expect(feasibility.valueWithGradient(x, gradient)).toBeCloseTo(feasibility.values([x])[0] as number, 10);
      const expected = differences((at) => feasibility.values([at])[0] as number, x, [0, 1]);
      gradient.forEach((g, d) => expect(g).toBeCloseTo(expected[d] as number, 4));
    }
  });

  it('is nothing to consider while no trial failed', () => {
    expect(Feasibility.of(space, { ...data(), failed: [] })).toBeUndefined();
  });

  it('a single failure among many leaves most of the space alone', () => {
    const few = { ...data(), failed: [distance.place(Float64Array.of(0.99, 0.99))] };
    const feasibility = Feasibility.of(space, few) as Feasibility;
    expect(Math.exp(feasibility.values([Float64Array.of(0.2, 0.2)])[0] as number)).toBeGreaterThan(0.9);
  });
});
