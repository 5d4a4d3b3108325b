// Keeping a log readable.
import { expect, it } from 'vitest';
import { LineBudget } from '../../../src/cli/run/line-budget.js';
import { paceOf } from '../../../src/cli/run/pace.js';

it('lets a burst through, then so many lines a second, and counts the rest', () => {
  let now = 0;
  const budget = new LineBudget({ burst: 3, perSecond: 2 }, () => now);
  const taken = (): number => Array.from({ length: 10 }, () => budget.take()).filter(Boolean).length;
  expect(taken()).toBe(3);
  now = 1000;
  expect(taken()).toBe(2);
  now = 60_000;
  expect(taken()).toBe(3);
  expect(budget.withheld()).toBe(7 + 8 + 7);
  expect(budget.withheld()).toBe(0);
});

it('knows the pace once a trial has finished', () => {
  expect(paceOf(0, 50, 10)).toEqual({ perMinute: 0, secondsLeft: undefined });
  expect(paceOf(4, 120, 10)).toEqual({ perMinute: 2, secondsLeft: 300 });
  expect(paceOf(0, 0, 0).secondsLeft).toBe(0);
});
