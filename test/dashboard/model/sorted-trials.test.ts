// An order that is kept while trials change.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedTrials } from '../../../src/dashboard/model/sorted-trials.js';
import type { Trial } from '../../../src/study/trial.js';

const key = ({ parameters }: Trial): number | string | undefined => {
  const { x } = parameters;
  return typeof x === 'boolean' ? undefined : x;
};
const trial = (number: number, x: number | string | boolean): Trial => {
  return { number, parameters: { x }, source: 'sampler', state: 'running', reports: [], askedAt: 0 };
};
const numbers = (sorted: SortedTrials): number[] => sorted.slice(0, sorted.size).map(({ number }) => number);

describe('SortedTrials', () => {
  it.each([false, true])('equals a full sort after any changes (descending: %s)', (descending) => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.constantFrom('a', 'b'),
      fc.constant(true),
      fc.constant(NaN),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 15 }), value), { maxLength: 80 }), (changes) => {
        const kept = new SortedTrials({ key, descending });
        const latest = new Map<number, Trial>();
        for (const [number, x] of changes) {
          latest.set(number, trial(number, x));
          kept.place(latest.get(number) as Trial);
        }
        const fresh = new SortedTrials({ key, descending });
        for (const one of [...latest.values()].sort((a, b) => a.number - b.number)) fresh.place(one);
        expect(numbers(kept)).toEqual(numbers(fresh));
        numbers(kept).forEach((number, position) => expect(kept.positionOf(number)).toBe(position));
      }),
    );
  });

  it('puts trials without a key last, whichever way it runs', () => {
    const sorted = new SortedTrials({ key, descending: true });
    for (const [number, x] of [true, 1, 2].entries()) sorted.place(trial(number, x));
    expect(numbers(sorted)).toEqual([2, 1, 0]);
    sorted.sort({ key, descending: false });
    expect(numbers(sorted)).toEqual([1, 2, 0]);
  });

  it('shows the latest record of a trial whose place has not changed', () => {
    const sorted = new SortedTrials({ key, descending: false });
    sorted.place(trial(0, 1));
    const later = { ...trial(0, 1), slot: 3 };
    sorted.place(later);
    expect(sorted.at(0)).toBe(later);
    expect(sorted.size).toBe(1);
  });
});
