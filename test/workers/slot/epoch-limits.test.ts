// How long a trial may be silent: told, or learned from what was seen; and what counts as silence.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EpochLimits } from '../../../src/workers/slot/epoch-limits.js';
import { SilenceWatch } from '../../../src/workers/slot/silence-watch.js';

const MINUTE = 60_000;

describe('the limit of an epoch', () => {
  it('is what the study says', () => {
    expect(new EpochLimits(90).of('first')).toBe(90_000);
    expect(new EpochLimits(90).of('later')).toBe(90_000);
    expect(new EpochLimits('none').of('later')).toBe(Infinity);
  });

  it('is hours while nothing is known', () => expect(new EpochLimits('auto').of('first')).toBe(120 * MINUTE));

  it('is many times the longest epoch, of first epochs and of others apart', () => {
    const limits = new EpochLimits('auto');
    limits.learn('first', 4 * MINUTE);
    expect(limits.of('later')).toBe(80 * MINUTE);
    limits.learn('later', MINUTE);
    limits.learn('later', 0.5 * MINUTE);
    expect(limits.of('later')).toBe(20 * MINUTE);
    expect(limits.of('first')).toBe(80 * MINUTE);
  });

  it('is never short, however fast the epochs were', () => {
    const limits = new EpochLimits('auto');
    limits.learn('first', 10);
    limits.learn('later', 1);
    expect([limits.of('first'), limits.of('later')]).toEqual([30 * MINUTE, 10 * MINUTE]);
  });
});

describe('silence', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watching(limit: number): {
    watch: SilenceWatch;
    onSilent: ReturnType<typeof vi.fn>;
    skip: (ms: number) => void;
  } {
    let skipped = 0;
    const watch = new SilenceWatch(() => Date.now() + skipped);
    const onSilent = vi.fn();
    watch.start(limit, onSilent);
    return { watch, onSilent, skip: (ms) => void (skipped += ms) };
  }

  it('ends at the limit, once', () => {
    const { onSilent } = watching(1000);
    vi.advanceTimersByTime(940);
    expect(onSilent).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(onSilent).toHaveBeenCalledTimes(1);
  });

  it('begins anew at a sign of life', () => {
    const { watch, onSilent } = watching(1000);
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(900);
      watch.hear();
    }
    expect(onSilent).not.toHaveBeenCalled();
  });

  it('does not count the time in which this process was stopped', () => {
    const { onSilent, skip } = watching(1000);
    vi.advanceTimersByTime(300);
    skip(3_600_000);
    vi.advanceTimersByTime(500);
    expect(onSilent).not.toHaveBeenCalled();
    vi.advanceTimersByTime(500);
    expect(onSilent).toHaveBeenCalledTimes(1);
  });
});
