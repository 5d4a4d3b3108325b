// Progress as lines: of a run and of a study that is watched.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startPlain } from '../../src/dashboard/plain.js';
import { fakeEvents } from './support/fake-study.js';
import { LiveFake } from './support/live-study.js';

const events = fakeEvents({ trials: 40, total: 50 });
afterEach(() => vi.useRealTimers());

function start(live: LiveFake, introduced = false): { lines: string[]; stop: () => void } {
  const lines: string[] = [];
  const { stop } = startPlain({ source: live, line: (text) => lines.push(text), clock: () => live.now, introduced });
  return { lines, stop };
}

function whole(): string[] {
  const live = new LiveFake(events, 0);
  const { lines, stop } = start(live);
  while (!live.isOver) live.step();
  stop();
  return lines;
}

describe('startPlain', () => {
  it('begins every line with the clock, and breaks none', () => {
    const lines = whole();
    expect(lines.filter((line) => !/^\d\d:\d\d \S/.test(line) || line.includes('\n'))).toEqual([]);
  });

  it('says of a trial that ends how, with which value, how long it took and how much time is left', () => {
    const text = whole().join('\n');
    expect(text).toMatch(
      /\[\d+\/50\] trial \d+ completed, macroF1 0\.\d{4} at epoch \d+, the best so far, took .*, \d+[smh](–[\d.]+[smh])? left/,
    );
    expect(text).toMatch(/trial \d+ pruned at epoch \d \(0\.\d+ at epoch \d against a median .*\), macroF1 0\.\d{4}/);
  });

  it('never leaves out a trial that is the best so far', () => {
    let best = 0;
    const records = new Set<number>();
    for (const event of events) {
      if (event.type !== 'told' || event.outcome.status === 'failed') continue;
      const values = events.flatMap((other) =>
        other.type === 'reported' && other.trial === event.trial ? [other.report.metrics['macroF1'] ?? 0] : [],
      );
      if (Math.max(...values) > best) records.add(event.trial);
      best = Math.max(best, ...values);
    }
    const said = whole().filter((line) => line.includes('the best so far'));
    expect(said.map((line) => Number(/trial (\d+)/.exec(line)?.[1]))).toEqual([...records]);
  });

  it('sums up now and then, with the best trial and what was left out', () => {
    expect(whole().join('\n')).toMatch(
      /\d+ of 50 trials, .* left(, \d+ lines? left out)?, best macroF1 0\.\d{4} \(trial \d+/,
    );
  });

  it('does not repeat what happened before it began', () => {
    const { lines, stop } = start(new LiveFake(events, 200));
    stop();
    expect(lines).toEqual([]);
  });

  it('begins with where the study stands, where that is asked for', () => {
    const { lines, stop } = start(new LiveFake(events, 200), true);
    stop();
    expect(lines.join('\n')).toMatch(
      /^\d\d:\d\d ants-bees: \[\d+\/50\] running: trial .* left, best macroF1 0\.\d+ \(trial \d+(, running)?\)$/,
    );
  });

  it('gives a sign of life after a minute of silence', () => {
    vi.useFakeTimers({ now: 0 });
    const live = new LiveFake(events, 200);
    const lines: string[] = [];
    const { stop } = startPlain({ source: live, line: (text) => lines.push(text), clock: Date.now });
    vi.advanceTimersByTime(59_000);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(62_000);
    stop();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/running: trial \d+ epoch \d+\/12/);
  });
});
