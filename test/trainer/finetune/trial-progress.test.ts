// The progress that a trial reports.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tellProgress } from '../../../src/trainer/finetune/trial-progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('progress counts computed features before the first step, and steps afterwards', () => {
  const counter = { computed: 0 };
  const progress = vi.fn();
  const telling = tellProgress(counter, { progress });
  vi.advanceTimersByTime(1000);
  expect(progress).not.toHaveBeenCalled();
  counter.computed = 30;
  vi.advanceTimersByTime(1000);
  expect(progress).toHaveBeenLastCalledWith(0, 30);

  telling.onStep(0.25, 16);
  expect(progress).toHaveBeenLastCalledWith(0.25, 16);
  counter.computed = 46; // in the course of the steps, which count the same images
  vi.advanceTimersByTime(1000);
  expect(progress).toHaveBeenCalledTimes(2);

  telling.stop();
  counter.computed = 99;
  vi.advanceTimersByTime(5000);
  expect(progress).toHaveBeenCalledTimes(2);
});
