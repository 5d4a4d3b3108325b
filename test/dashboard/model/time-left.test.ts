// The time left and its uncertainty.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { DurationWindow, timeLeft } from '../../../src/dashboard/model/time-left.js';

function durations(...seconds: number[]): DurationWindow {
  const window = new DurationWindow();
  for (const one of seconds) window.add(one);
  return window;
}

describe('timeLeft', () => {
  it('is unknown before any trial has ended', () => expect(timeLeft(durations(), 5, [], 1)).toBeUndefined());

  it('spreads what is left over the slots', () => {
    expect(timeLeft(durations(10, 10, 10), 8, [], 2)).toEqual({ seconds: 40, uncertainty: 0 });
  });

  it('counts what running trials have had already', () => {
    expect(timeLeft(durations(10, 10), 0, [4, 7], 2)?.seconds).toBe(6);
  });

  it('is never less than what one running trial still takes', () => {
    expect(timeLeft(durations(10, 10), 0, [0], 8)?.seconds).toBe(10);
  });

  it('is less sure when trials differ more, and surer of less', () => {
    const even = timeLeft(durations(10, 11, 9, 10), 10, [], 1);
    const uneven = timeLeft(durations(2, 20, 1, 17), 10, [], 1);
    expect(uneven?.uncertainty).toBeGreaterThan(even?.uncertainty ?? Infinity);
    expect(timeLeft(durations(2, 20, 1, 17), 2, [], 1)?.uncertainty).toBeLessThan(uneven?.uncertainty ?? 0);
  });

  it('holds the truth about 8 times in 10', () => {
    const random = RandomStream.of('time left');
    const draw = (): number => 10 + 3 * random.normal();
    let held = 0;
    const rounds = 2000;
    for (let i = 0; i < rounds; i++) {
      const estimate = timeLeft(durations(...Array.from({ length: 15 }, draw)), 30, [], 1);
      const truth = Array.from({ length: 30 }, draw).reduce((sum, value) => sum + value, 0);
      if (estimate !== undefined && Math.abs(truth - estimate.seconds) <= estimate.uncertainty) held++;
    }
    // Three standard errors of a share of 0.8, and some for Student's t against the normal at 14 degrees of freedom.
    expect(held / rounds).toBeGreaterThan(0.8 - 0.027 - 0.03);
    expect(held / rounds).toBeLessThan(0.8 + 0.027);
  });

  it('forgets trials of long ago', () => {
    const window = new DurationWindow(3);
    for (const one of [100, 100, 100, 1, 1, 1]) window.add(one);
    expect(window.mean).toBe(1);
  });
});
