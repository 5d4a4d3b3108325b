// Keeping a log readable.
import { expect, it } from 'vitest';
import { LineBudget } from '../../src/dashboard/line-budget.js';

it('lets a burst through, then so many lines a second, and counts the rest', () => {
  let now = 0;
  const budget = new LineBudget({ burst: 3, perSecond: 2 }, () => now);
  const taken = (): number => Array.from({ length: 10 }, () => budget.take()).filter(Boolean).length;
  expect(taken()).toBe(3);
  now = 1000;
  expect(taken()).toBe(2);
  now = 60_000;
  expect(taken()).toBe(3);
  expect(budget.leftOut()).toBe(7 + 8 + 7);
  expect(budget.leftOut()).toBe(0);
});
