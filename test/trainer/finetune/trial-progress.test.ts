// The progress that a trial reports.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tellProgress } from '../../../src/trainer/finetune/trial-progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('progress counts computed features before the first step, and steps afterwards', () => {
  const counter = { computed: 0 };
  const progress = vi.fn();
  const telling = tellProgress(counter, { progress }, 100);
  vi.advanceTimersByTime(1000);
  expect(progress).not.toHaveBeenCalled();
  counter.computed = 30;
  vi.advanceTimersByTime(1000);
  expect(progress).toHaveBeenLastCalledWith(expect.closeTo(0.27, 9), 30);

  telling.onStep(0.25, 16);
  expect(progress).toHaveBeenLastCalledWith(expect.closeTo(0.27 + 0.73 * 0.25, 9), 16);
  counter.computed = 46; // in the course of the steps, which count the same images
  vi.advanceTimersByTime(1000);
  expect(progress).toHaveBeenCalledTimes(2);

  telling.stop();
  counter.computed = 99;
  vi.advanceTimersByTime(5000);
  expect(progress).toHaveBeenCalledTimes(2);
});

it('progress never falls within an epoch, and begins anew with the next one', () => {
  const counter = { computed: 0 };
  const shares: number[] = [];
  const telling = tellProgress(counter, { progress: (share) => shares.push(share) }, 100);
  const compute = (images: number): void => {
    counter.computed += images;
    vi.advanceTimersByTime(2000);
  };
  compute(60);
  telling.onStep(0.25, 25);
  vi.advanceTimersByTime(2000);
  compute(60);
  for (const share of [0.5, 0.75, 1]) telling.onStep(share, 25);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  telling.onStep(0.25, 25);
  expect(shares.at(-1)).toBe(0.25);
  telling.stop();
});
