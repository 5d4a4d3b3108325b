// Quantiles.
import { expect, it } from 'vitest';
import { median, quantile } from '../../src/math/quantile.js';

it('interpolates between order statistics', () => {
  expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
  expect(quantile([4, 1, 3, 2], 0)).toBe(1);
  expect(quantile([4, 1, 3, 2], 1)).toBe(4);
});

it('the median of an even sample is the middle of the two', () => {
  expect(median([10, 0, 2, 4])).toBe(3);
});

it('is NaN for an empty sample', () => {
  expect(quantile([], 0.5)).toBeNaN();
});

it('leaves its argument as it was', () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
});
