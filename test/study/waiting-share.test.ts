// The share of an epoch in which the engine waited.
import { expect, it } from 'vitest';
import { waitingShare } from '../../src/study/reuse.js';
import type { Report } from '../../src/study/trial.js';

const report = (seconds: number, running?: number): Pick<Report, 'seconds' | 'work'> => ({
  seconds,
  work: { needed: 10, computed: 0, seconds: 0, ...(running === undefined ? {} : { running }) },
});

it('is what the engine did not run', () => {
  expect(waitingShare([report(4, 3)])).toBe(0.25);
});

it('of batched trials is that of all of them: each has the seconds of all and a part of the work', () => {
  expect(waitingShare([report(4, 2), report(4, 1), report(4, 0)])).toBe(0.25);
});

it.each([
  ['journals of earlier versions do not say', [report(4)]],
  ['nothing was reported', []],
  ['an epoch took no time', [report(0, 0)]],
  ['one of several does not say', [report(4, 2), report(4)]],
])('is not known where %s', (_, reports) => {
  expect(waitingShare(reports)).toBeUndefined();
});

it('is never below zero', () => {
  expect(waitingShare([report(4, 4.01)])).toBe(0);
});
