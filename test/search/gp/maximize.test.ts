// Maximising a criterion over a mixed space.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import type { Criterion } from '../../../src/search/gp/criterion.js';
import { Distance } from '../../../src/search/gp/kernel.js';
import { rankCandidates } from '../../../src/search/gp/maximize.js';
import { SearchSpace } from '../../../src/study/space.js';

/** A criterion from a function of the placed point, its gradient by differences. */
function criterionOf(f: (point: Float64Array) => number): Criterion {
  return {
    values: (points) => Float64Array.from(points, f),
    valueWithGradient(point, gradient) {
      for (let d = 0; d < point.length; d++) {
        const at = point[d] as number;
        gradient[d] = (gradient[d] as number) + (f(point.with(d, at + 1e-6)) - f(point.with(d, at - 1e-6))) / 2e-6;
      }
      return f(point);
    },
  };
}

const best = (space: SearchSpace, f: (point: Float64Array) => number) =>
  space.decode(rankCandidates(space, new Distance(space), criterionOf(f), [], 50, RandomStream.of(1))[0]?.unit ?? []);

describe('rankCandidates', () => {
  it('finds the top over floats, ints and names together', () => {
    const space = new SearchSpace({
      rate: { type: 'float', min: 0, max: 1, scale: 'linear' },
      layers: { type: 'int', min: 0, max: 4, scale: 'linear' },
      units: { type: 'int', min: 1, max: 5000, scale: 'linear' },
      kind: { type: 'choice', values: ['a', 'b', 'c', 'd'], ordinal: false },
    });
    // The best rate depends on the kind; the best kind is 'c'.
    const f = ([rate = 0, layers = 0, units = 0, kind = 0]: Float64Array) =>
      -(((rate - kind) / 0.05) ** 2) -
      20 * (layers - 0.7) ** 2 -
      50 * (units - 0.12345) ** 2 -
      30 * (kind - 0.625) ** 2;
    const found = best(space, f);
    expect(found.rate).toBeCloseTo(0.625, 3);
    expect(found).toMatchObject({ layers: 3, kind: 'c' });
    expect(Math.abs(Number(found.units) - 617)).toBeLessThanOrEqual(1);
  });

  it('finds a top that is only reached through a condition', () => {
    const space = new SearchSpace({
      optimizer: { type: 'choice', values: ['adam', 'sgd'], ordinal: false },
      momentum: { type: 'float', min: 0, max: 1, scale: 'linear', when: { optimizer: ['sgd'] } },
      rate: { type: 'float', min: 0, max: 1, scale: 'linear' },
    });
    const f = ([optimizer = 0, momentum = 0, rate = 0]: Float64Array) =>
      (optimizer > 0.5 ? 1 - 40 * (momentum - 0.87) ** 2 : 0.5) - (rate - 0.2) ** 2;
    const found = best(space, f);
    expect(found.optimizer).toBe('sgd');
    expect(found.momentum).toBeCloseTo(0.87, 3);
  });

  it('goes through a small finite space in full', () => {
    const space = new SearchSpace({
      a: { type: 'int', min: 0, max: 9, scale: 'linear' },
      b: { type: 'choice', values: 'abcdefgh'.split(''), ordinal: false },
    });
    const ranked = rankCandidates(
      space,
      new Distance(space),
      criterionOf(([a = 0, b = 0]) => Math.sin(97 * a + 31 * b)),
      [],
      50,
      RandomStream.of(1),
    );
    expect(ranked).toHaveLength(80);
    expect(ranked.every(({ worth }, i) => i === 0 || worth <= (ranked[i - 1]?.worth ?? 0))).toBe(true);
  });
});
