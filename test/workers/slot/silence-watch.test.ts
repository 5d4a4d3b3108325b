// When a trial counts as silent, by a clock that the test holds.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SilenceWatch } from '../../../src/workers/slot/silence-watch.js';

const LIMIT = 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched(): { watch: SilenceWatch; calls: () => number } {
  let calls = 0;
  const watch = new SilenceWatch(() => Date.now());
  watch.start(LIMIT, () => calls++);
  return { watch, calls: () => calls };
}

it('calls once after the limit, and not before', () => {
  const { calls } = watched();
  vi.advanceTimersByTime(LIMIT - 100);
  expect(calls()).toBe(0);
  vi.advanceTimersByTime(10 * LIMIT);
  expect(calls()).toBe(1);
});

it('begins again at each sign of life', () => {
  const { watch, calls } = watched();
  for (let sign = 0; sign < 10; sign++) {
    vi.advanceTimersByTime(0.8 * LIMIT);
    watch.hear();
  }
  expect(calls()).toBe(0);
  vi.advanceTimersByTime(LIMIT);
  expect(calls()).toBe(1);
});

it('does not count what comes after it was stopped', () => {
  const { watch, calls } = watched();
  watch.stop();
  vi.advanceTimersByTime(10 * LIMIT);
  expect(calls()).toBe(0);
});

it('counts little of the time in which this process did not run', () => {
  const { calls } = watched();
  vi.setSystemTime(Date.now() + 100 * LIMIT);
  vi.advanceTimersByTime(LIMIT / 2);
  expect(calls()).toBe(0);
});
