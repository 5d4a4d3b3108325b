// What is shown while a study is prepared.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { preparationOn } from '../../src/cli/preparation.js';
import { PLAIN } from '../../src/cli/style.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function outlet(isTerminal: boolean): {
  lines: string[];
  drawn: string[];
  start: () => ReturnType<typeof preparationOn>;
} {
  const [lines, drawn]: [string[], string[]] = [[], []];
  const err = {
    line: (text = '') => void lines.push(text),
    data: (text: string) => void lines.push(text),
    replace: (text: string) => void drawn.push(text),
    style: PLAIN,
    isTerminal,
    columns: 80,
  };
  return { lines, drawn, start: () => preparationOn(err, () => Date.now()) };
}

it('a short phase is not mentioned', () => {
  for (const isTerminal of [true, false]) {
    const { lines, drawn, start } = outlet(isTerminal);
    const { onPhase } = start();
    onPhase({ name: 'listing image files' });
    vi.advanceTimersByTime(300);
    onPhase(undefined);
    vi.advanceTimersByTime(60_000);
    expect([lines, drawn]).toEqual([[], []]);
  }
});

it('on a terminal a bar moves in place, and is gone at the end', () => {
  const { lines, drawn, start } = outlet(true);
  const { onPhase } = start();
  for (const done of [0, 300, 600, 1200]) {
    onPhase({ name: 'looking at images', done, total: 1200 });
    vi.advanceTimersByTime(1000);
  }
  expect(lines).toEqual([]);
  expect(drawn.at(-1)).toBe('[####################] looking at images: 1200 of 1200, 4s');
  expect(drawn.some((line) => line.startsWith('[##########..........] looking at images: 600 of 1200'))).toBe(true);
  onPhase(undefined);
  expect(drawn.at(-1)).toBe('');
});

it('a message takes the bar away first', () => {
  const { lines, drawn, start } = outlet(true);
  const { onPhase, around } = start();
  onPhase({ name: 'starting 2 workers' });
  vi.advanceTimersByTime(1000);
  around(() => lines.push('warning: something'));
  expect(drawn.at(-1)).toBe('');
  onPhase(undefined);
});

it('without a terminal a long phase gives a line every five seconds, however often it changes', () => {
  const { lines, drawn, start } = outlet(false);
  const { onPhase } = start();
  for (let done = 0; done < 200; done++) {
    onPhase({ name: 'looking at images', done, total: 200 });
    vi.advanceTimersByTime(100);
  }
  onPhase(undefined);
  expect(drawn).toEqual([]);
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^looking at images: \d+ of 200, 2s$/);
});
