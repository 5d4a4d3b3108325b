// Progress as lines.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startPlain } from '../../src/dashboard/plain.js';
import { fakeEvents } from './support/fake-study.js';
import { LiveFake } from './support/live-study.js';

const events = fakeEvents({ trials: 40, total: 50 });
afterEach(() => vi.useRealTimers());

function start(live: LiveFake): { lines: string[]; stop: () => void } {
  const lines: string[] = [];
  const stop = startPlain({ source: live, output: { write: (text) => lines.push(text) }, clock: () => live.now });
  return { lines, stop };
}

describe('startPlain', () => {
  it('writes a line for each trial that ends, with value, reason and time left', () => {
    const live = new LiveFake(events, 0);
    const { lines, stop } = start(live);
    while (!live.isOver) live.step();
    stop();
    const told = events.filter(({ type }) => type === 'told');
    expect(lines).toHaveLength(told.length);
    expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(lines.join('')).toMatch(
      /\[\d+\/50\] trial \d+ macroF1 0\.\d{4} \(best\) completed in .* \d+[smh](–[\d.]+[smh])? left/,
    );
    expect(lines.join('')).toMatch(/pruned \(0\.\d+ at epoch \d against a median/);
  });

  it('does not repeat what happened before it began', () => {
    const { lines, stop } = start(new LiveFake(events, 200));
    stop();
    expect(lines).toEqual([]);
  });

  it('begins with where the study stands, where that is asked for', () => {
    const live = new LiveFake(events, 200);
    const lines: string[] = [];
    const output = { write: (text: string) => lines.push(text) };
    startPlain({ source: live, output, clock: () => live.now, introduced: true })();
    expect(lines.join('')).toMatch(
      /^ants-bees: \[\d+\/50\] running: trial .* left, best macroF1 0\.\d+ \(trial \d+\)\n$/,
    );
  });

  it('gives a sign of life after a minute of silence', () => {
    vi.useFakeTimers({ now: 0 });
    const live = new LiveFake(events, 200);
    const lines: string[] = [];
    const stop = startPlain({ source: live, output: { write: (text) => lines.push(text) }, clock: Date.now });
    vi.advanceTimersByTime(59_000);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(62_000);
    stop();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/running: trial \d+ epoch \d+\/12/);
  });
});
