// How trials compare with each other.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byRank } from '../../src/study/folds.js';
import type { Trial } from '../../src/study/trial.js';

type Ranked = Pick<Trial, 'number' | 'folds' | 'best'>;

const ranked = (number: number, value: number | undefined, folds = 0): Ranked => ({
  number,
  ...(value === undefined ? {} : { best: { epoch: 1, value } }),
  ...(folds === 0
    ? {}
    : { folds: Array.from({ length: folds }, (_, index) => ({ index, trial: 0, epoch: 1, value: 0 })) }),
});

const objective = { metric: 'f1', direction: 'maximize' } as const;
const order = (trials: readonly Ranked[]): number[] => [...trials].sort(byRank(objective)).map(({ number }) => number);

it('of equal trials the one that was asked first comes first, whatever order they are given in', () => {
  const trials = [ranked(3, 0.5), ranked(1, 0.5), ranked(2, 0.7), ranked(0, 0.5)];
  expect(order(trials)).toEqual([2, 0, 1, 3]);
  expect(order(trials.toReversed())).toEqual([2, 0, 1, 3]);
});

it('more folds come before fewer, and trials without a value last', () => {
  expect(order([ranked(0, undefined), ranked(1, 0.9, 2), ranked(2, 0.6, 5)])).toEqual([2, 1, 0]);
});

it('is an order: sorting gives the same, whatever order trials are given in', () => {
  const values = fc.array(fc.tuple(fc.constantFrom(undefined, 0.1, 0.2, 0.3), fc.constantFrom(0, 1, 3)), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(values, fc.integer(), (drawn, seed) => {
      const trials = drawn.map(([value, folds], number) => ranked(number, value, folds));
      const shuffled = trials.toSorted((a, b) => Math.sin(seed + a.number) - Math.sin(seed + b.number));
      expect(order(shuffled)).toEqual(order(trials));
    }),
  );
});
