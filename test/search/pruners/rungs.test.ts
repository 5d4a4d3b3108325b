// Rungs are whole numbers, none lost to rounding.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { justReached, rungs, rungsReached } from '../../../src/search/pruners/rungs.js';
import type { Report, Trial } from '../../../src/study/trial.js';

function trialWith(...epochs: number[]): Trial {
  const reports: Report[] = epochs.map((epoch) => ({ epoch, metrics: {} }));
  return { number: 0, parameters: {}, source: 'sampler', state: 'running', reports, askedAt: 0 };
}

describe('rungs', () => {
  it('keeps the rung that a logarithm would lose', () => {
    expect(rungs(10, 10, 1000)).toEqual([10, 100, 1000]);
  });

  it('has none where the first lies beyond the last epoch', () => {
    expect(rungs(13, 3, 12)).toEqual([]);
  });

  it('multiplies from the first rung and leaves none out', () => {
    const whole = (max: number) => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(whole(50), whole(9), whole(100_000), (first, extra, epochs) => {
        const reduction = extra + 1;
        const list = rungs(first, reduction, epochs);
        list.forEach((rung, k) => expect(rung).toBe(first * Number(BigInt(reduction) ** BigInt(k))));
        expect((list.at(-1) ?? first / reduction) * reduction).toBeGreaterThan(epochs);
      }),
    );
  });
});

describe('a trial on its rungs', () => {
  it('is at a rung when its latest report is', () => {
    expect(justReached([2, 4, 8], trialWith(1, 2, 3, 4))).toEqual([4]);
  });

  it('is between rungs otherwise', () => {
    expect(justReached([2, 4, 8], trialWith(1, 2, 3))).toEqual([]);
  });

  it('comes to a rung that its reports jump over', () => {
    expect(justReached([2, 4, 8], trialWith(3, 9))).toEqual([4, 8]);
  });

  it('counts every rung up to its latest report', () => {
    expect(rungsReached([2, 4, 8], trialWith(7))).toBe(2);
  });
});
