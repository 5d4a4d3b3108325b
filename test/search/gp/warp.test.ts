// Warped losses.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LossWarp } from '../../../src/search/gp/warp.js';

const samples = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });

describe('LossWarp', () => {
  it('keeps the order, and equal losses equal', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const warp = new LossWarp(sample);
        const sorted = sample.toSorted((a, b) => a - b).map((loss) => warp.apply(loss));
        sorted.slice(1).forEach((value, i) => expect(value).toBeGreaterThanOrEqual(sorted[i] as number));
      }),
    );
  });

  it('gives mean 0 and variance 1', () => {
    const sample = [3, 1, 4, 1.5, 9, 2.6, 500];
    const warped = sample.map((loss) => new LossWarp(sample).apply(loss));
    expect(warped.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 10);
    expect(warped.reduce((sum, value) => sum + value * value, 0) / 7).toBeCloseTo(1, 10);
  });

  it('a collapsed run counts no more than a bad one', () => {
    const bad = [0.1, 0.12, 0.15, 0.2, 0.3];
    const collapsed = [0.1, 0.12, 0.15, 0.2, 3e5];
    expect(collapsed.map((loss) => new LossWarp(collapsed).apply(loss))).toEqual(
      bad.map((loss) => new LossWarp(bad).apply(loss)),
    );
  });

  it('keeps the proportions of the good half', () => {
    const sample = [1, 2, 4, 8, 16, 32, 64];
    const warp = new LossWarp(sample);
    const [a, b, c] = [1, 2, 4].map((loss) => warp.apply(loss)) as [number, number, number];
    expect((c - b) / (b - a)).toBeCloseTo(2, 10);
  });

  it('is undone by its inverse, also for better losses than any seen', () => {
    const sample = [0.1, 0.12, 0.15, 0.2, 7];
    const warp = new LossWarp(sample);
    for (const loss of [0.05, ...sample, 0.13]) expect(warp.invert(warp.apply(loss))).toBeCloseTo(loss, 10);
    expect(warp.invert(1e9)).toBe(7);
  });

  it('equal losses all become 0, and one loss too', () => {
    expect(new LossWarp([2, 2, 2]).apply(2)).toBe(0);
    expect(new LossWarp([5]).apply(5)).toBe(0);
  });

  it('most losses equal is no division by zero', () => {
    const warp = new LossWarp([1, 1, 1, 1, 2]);
    expect(Number.isFinite(warp.apply(1)) && warp.apply(2) > warp.apply(1)).toBe(true);
  });
});
