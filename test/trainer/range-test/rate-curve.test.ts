// What a range test reads off its losses.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { exponentialRates } from '../../../src/trainer/range-test/range-test.js';
import {
  DivergenceWatch,
  boundsOf,
  jointBounds,
  rateCurve,
  smooth,
} from '../../../src/trainer/range-test/rate-curve.js';

const rates = exponentialRates(1e-6, 10, 141);

/** Falls by a logistic in the logarithm of the rate about `steepest`, from 2 to 0.5, and explodes beyond `divergence`. */
function losses(steepest: number, divergence: number, seed = 0, noise = 0): number[] {
  const random = RandomStream.of('losses', seed);
  const watch = new DivergenceWatch(rates.length);
  const found: number[] = [];
  for (const rate of rates) {
    const fall = 1.5 / (1 + (steepest / rate) ** 1.5);
    const explosion = rate > divergence ? 8 * Math.log(rate / divergence) : 0;
    found.push(2 - fall + explosion + noise * random.normal());
    if (watch.hasDiverged(found.at(-1) as number)) break;
  }
  return found;
}

describe('rates', () => {
  it('rise exponentially, both ends included', () => {
    const [first, second, ...rest] = exponentialRates(1e-4, 1, 5);
    expect([first, second, ...rest].map((rate) => Number(rate?.toPrecision(9)))).toEqual([1e-4, 1e-3, 1e-2, 0.1, 1]);
  });
});

describe('smoothing', () => {
  it('counts each loss by decay to the power of its distance', () => {
    // A span of 5 % of 20 steps is one step: a decay of a half.
    const values = [4, 1, 7];
    const weights = [
      [1, 1 / 2, 1 / 4],
      [1 / 2, 1, 1 / 2],
      [1 / 4, 1 / 2, 1],
    ];
    const expected = weights.map((row) => {
      const sum = row.reduce((total, weight, i) => total + weight * (values[i] as number), 0);
      return expect.closeTo(sum / row.reduce((a, b) => a + b), 12) as number;
    });
    expect(smooth(values, 20)).toEqual(expected);
  });

  it('leaves a constant loss unchanged, from the first step on', () => {
    fc.assert(
      fc.property(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: 1, max: 200 }), (value, length) => {
        const smoothed = smooth(new Array<number>(length).fill(value), 100);
        expect(Math.max(...smoothed.map((one) => Math.abs(one - value)))).toBeLessThan(1e-9);
      }),
    );
  });
});

describe('a curve', () => {
  it.each([
    [1e-3, 0.3],
    [1e-4, 0.1],
    [3e-2, 3],
  ])('that falls about %d and explodes at %d says so', (steepest, divergence) => {
    const runs = [0, 1, 2].map((seed) => losses(steepest, divergence, seed, 0.02));
    const curve = rateCurve(rates, runs);
    // A fifth of a decade is two of the steps.
    expect(Math.abs(Math.log10((curve.steepest as number) / steepest))).toBeLessThan(0.25);
    expect(Math.log10((curve.divergence as number) / divergence)).toBeGreaterThan(0);
    expect(Math.log10((curve.divergence as number) / divergence)).toBeLessThan(0.4);
    expect(curve.lowest).toBeGreaterThan(curve.steepest as number);
    expect(curve.lowest).toBeLessThan(curve.divergence as number);
  });

  it('is the median of its runs: one that explodes early does not decide', () => {
    const good = [0, 1].map((seed) => losses(1e-3, 0.3, seed, 0.02));
    const bad = losses(1e-3, 1e-5, 2, 0.02);
    const [alone, joint] = [rateCurve(rates, good), rateCurve(rates, [...good, bad])];
    expect(joint.divergence).toBe(alone.divergence);
    expect(Math.abs(Math.log10((joint.steepest as number) / (alone.steepest as number)))).toBeLessThan(0.3);
  });

  it('ends before a loss that is no number', () => {
    const curve = rateCurve(rates, [[2, 1.9, NaN]]);
    expect(curve.points).toHaveLength(2);
    expect(curve.divergence).toBe(rates[1]);
  });

  it('is refused where most runs have no loss that is a number', () => {
    const none = [NaN];
    const good = losses(1e-3, 0.3);
    expect(() => rateCurve(rates, [none, good, none])).toThrow(
      expect.objectContaining({
        code: 'ERR_DIVERGED',
        message: 'the loss is not a number in 2 of 3 runs, even at the lowest rate, 0.000001',
      }),
    );
    expect(rateCurve(rates, [good, none, good])).toEqual(rateCurve(rates, [good, good]));
  });

  it('has no divergence where the runs reach the last rate', () => {
    const run = rates.map((rate) => 2 - 1.5 / (1 + 1e-3 / rate));
    const curve = rateCurve(rates, [run]);
    expect(curve.divergence).toBeUndefined();
    expect(boundsOf(curve)?.max).toBe(10);
  });

  it('has no steepest rate where the loss does not fall', () => {
    const flat = rates.map(() => 2);
    expect(rateCurve(rates, [flat])).toMatchObject({ steepest: undefined, divergence: undefined, harmful: undefined });
    expect(boundsOf(rateCurve(rates, [flat]))).toBeUndefined();
  });
});

describe('a run', () => {
  it('continues through the noise of batches', () => {
    const random = RandomStream.of('noise');
    const watch = new DivergenceWatch(100);
    expect(Array.from({ length: 100 }, () => watch.hasDiverged(0.5 + 0.2 * random.normal()))).not.toContain(true);
  });

  it('has diverged when its average is four times the lowest, and worse than at the start', () => {
    const watch = new DivergenceWatch(100);
    const falling = Array.from({ length: 50 }, (_, i) => 2 - 0.036 * i);
    expect(falling.map((loss) => watch.hasDiverged(loss))).not.toContain(true);
    // Four times the lowest is far below the start: no divergence yet.
    expect(Array.from({ length: 10 }, () => watch.hasDiverged(1.5))).not.toContain(true);
    expect(Array.from({ length: 20 }, () => watch.hasDiverged(6))).toContain(true);
  });

  it.each([NaN, Infinity])('has diverged at a loss of %d', (loss) => {
    expect(new DivergenceWatch(100).hasDiverged(loss)).toBe(true);
  });
});

describe('bounds', () => {
  const curve = { points: [], lowest: 1e-2, harmful: undefined };

  it.each([
    // A tenth of the steepest to a tenth of the divergence.
    [
      { steepest: 1e-3, divergence: 0.5 },
      { min: 1e-4, max: 0.05 },
    ],
    // No narrower than a decade.
    [
      { steepest: 1e-2, divergence: 0.02 },
      { min: 2e-4, max: 2e-3 },
    ],
    // Not where the loss is worse than at the start.
    [
      { steepest: 1e-4, harmful: 2e-3, divergence: 0.5 },
      { min: 1e-5, max: 2e-3 },
    ],
    [
      { steepest: 1e-3, divergence: undefined },
      { min: 1e-4, max: 1e-2 },
    ],
  ])('of %o', (found, expected) => {
    expect(boundsOf({ ...curve, ...found })).toEqual(expected);
  });

  it('of a curve that falls nowhere are none, though it is noisy and diverges', () => {
    // Noise makes it lowest at some rate, and worse than at the start soon after.
    const random = RandomStream.of('flat');
    const flat = rates.map((rate) => 2 + 0.01 * random.normal() + (rate > 1 ? 20 * Math.log(rate) : 0));
    const flatCurve = rateCurve(rates, [flat]);
    expect(flatCurve.steepest).toBeUndefined();
    expect(flatCurve.harmful).toBeDefined();
    expect(boundsOf(flatCurve)).toBeUndefined();
    // Beside one that falls it says only where training diverges.
    const falling = { ...curve, steepest: 1e-3, divergence: 8 };
    const diverging = { ...curve, steepest: undefined, divergence: 0.4 };
    expect(boundsOf(diverging)).toBeUndefined();
    expect(jointBounds([falling, diverging])).toEqual({ min: 1e-4, max: 0.2 });
  });

  it('of two depths include both, below the rate at which either diverges', () => {
    const head = { ...curve, steepest: 1e-2, divergence: 1 };
    const deep = { ...curve, steepest: 1e-4, divergence: 0.01 };
    expect(jointBounds([head, deep])).toEqual({ min: 1e-5, max: 5e-3 });
    expect(jointBounds([head])).toEqual(boundsOf(head));
    expect(jointBounds([])).toBeUndefined();
  });
});
