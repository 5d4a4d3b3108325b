// The curve of a range test in text: loss by learning rate, and the suggested bounds below.
import { must } from '../../system/must.js';
import { Canvas } from '../../dashboard/text/canvas.js';
import type { RateBounds, RateCurve, RatePoint } from '../../trainer/range-test/rate-curve.js';
import { formatDigits } from '../../system/format.js';

const ROWS = 8;
const LABEL = 8;
/** A loss above so many times that at the start is drawn at the edge. */
const SHOWN = 1.5;

/** Lines of at most `width` characters. @param rates the first and the last that were to be tried. */
export function curveLines(
  { points }: RateCurve,
  bounds: RateBounds | undefined,
  rates: readonly [number, number],
  width: number,
): string[] {
  const columns = Math.max(20, width - LABEL - 1);
  const range = lossRange(points);
  const canvas = new Canvas(columns, ROWS);
  const x = (rate: number): number => placeOf(rate, rates) * (canvas.dotsWide - 1);
  const y = (loss: number): number => {
    const share = (loss - range.low) / (range.high - range.low || 1);
    return Math.min(1, Math.max(0, share)) * (canvas.dotsHigh - 1);
  };
  points.slice(1).forEach((to, i) => {
    const from = must(points[i], 'a point');
    canvas.stroke(Math.round(x(from.rate)), y(from.loss), Math.round(x(to.rate)), y(to.loss), 'plain');
  });
  const rows = canvas.lines().map((line, row) => {
    const label = row === 0 ? formatDigits(range.high, 3) : row === ROWS - 1 ? formatDigits(range.low, 3) : '';
    return `${label.padStart(LABEL)}│${line.map(({ text }) => text).join('')}`.trimEnd();
  });
  return [...rows, ...axis(rates, columns), ...(bounds === undefined ? [] : [bracket(bounds, rates, columns)])];
}

function lossRange(points: readonly RatePoint[]): { low: number; high: number } {
  const losses = points.map(({ loss }) => loss);
  return { low: Math.min(...losses), high: Math.min(Math.max(...losses), SHOWN * (losses[0] ?? 1)) };
}

/** In [0, 1]. */
function placeOf(rate: number, [from, to]: readonly [number, number]): number {
  return Math.log(rate / from) / Math.log(to / from || 2);
}

function columnOf(rate: number, rates: readonly [number, number], columns: number): number {
  return Math.round(Math.min(1, Math.max(0, placeOf(rate, rates))) * (columns - 1));
}

/** A tick at each power of ten, and its name where there is room. */
function axis(rates: readonly [number, number], columns: number): string[] {
  const line = new Array<string>(columns).fill('─');
  const names = new Array<string>(columns + LABEL).fill(' ');
  let free = 0;
  for (let power = Math.ceil(Math.log10(rates[0]) - 1e-9); 10 ** power <= rates[1] * (1 + 1e-9); power++) {
    const column = columnOf(10 ** power, rates, columns);
    line[column] = '┬';
    const name = `1e${power}`;
    const start = Math.min(Math.max(column - 1, free), names.length - name.length);
    if (start < free) continue;
    Array.from(name).forEach((letter, i) => (names[start + i] = letter));
    free = start + name.length + 1;
  }
  const margin = ' '.repeat(LABEL);
  return [`${margin}└${line.join('')}`, `${margin} ${names.join('').trimEnd()}`];
}

function bracket({ min, max }: RateBounds, rates: readonly [number, number], columns: number): string {
  const [from, to] = [columnOf(min, rates, columns), columnOf(max, rates, columns)];
  return `${' '.repeat(LABEL + 1 + from)}╶${'─'.repeat(Math.max(0, to - from - 1))}╴`;
}
