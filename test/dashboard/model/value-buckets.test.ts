// Values thinned to a bounded number of points.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ValueBuckets } from '../../../src/dashboard/model/value-buckets.js';

const maximize = { metric: 'f1', direction: 'maximize' } as const;

describe('ValueBuckets', () => {
  it('keeps the extremes and the best so far, and stays small, however many values there are', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 500 }), (values) => {
        const buckets = new ValueBuckets(maximize, 16);
        values.forEach((value, trial) => buckets.add(trial, value));
        const kept = buckets.all().flat();
        expect(buckets.all().length).toBeLessThanOrEqual(16);
        expect(kept.length).toBeLessThanOrEqual(16 * 6);
        expect(Math.max(...kept)).toBe(Math.max(...values));
        expect(Math.min(...kept)).toBe(Math.min(...values));
        expect(buckets.bestSoFar().at(-1)).toBe(Math.max(...values));
      }),
    );
  });

  it('keeps every value while there are few', () => {
    const buckets = new ValueBuckets(maximize, 16);
    [0.3, 0.1, 0.2].forEach((value, trial) => buckets.add(trial, value));
    expect(buckets.all()).toEqual([[0.3], [0.1], [0.2]]);
  });

  it('takes trials that end out of order', () => {
    const buckets = new ValueBuckets({ metric: 'loss', direction: 'minimize' }, 16);
    buckets.add(2, 5);
    buckets.add(0, 7);
    expect(buckets.bestSoFar()).toEqual([7, 7, 5]);
  });

  it('leaves out values that are not finite', () => {
    const buckets = new ValueBuckets(maximize);
    buckets.add(0, NaN);
    expect(buckets.all()).toEqual([]);
  });
});
