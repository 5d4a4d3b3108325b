// Outlines: every coordinate is mapped, and shapes have the extent they say.
import { expect, it } from 'vitest';
import { ellipse, mapPath, place, polygon, regular } from '../../../src/images/drawn/path.js';

const numbers = (path: string): number[] => (path.match(/-?[\d.]+/g) ?? []).map(Number);

it('maps every point of every command', () => {
  const path = 'M0 1L2 -3C0.5 0.25 -1 -1 4,5Q1 1 2 2Z';
  expect(mapPath(path, ([x, y]) => [x + 10, 2 * y])).toBe('M10 2L12 -6C10.5 0.5 9 -2 14 10Q11 2 12 4Z');
});

it('scales, then moves', () => {
  expect(place('M1 1L-1 0', 5, 6, 2)).toBe('M7 8L3 6');
});

it('puts the first corner of a regular polygon on top', () => {
  expect(numbers(regular(4, 2))).toEqual([0, -2, 2, 0, 0, 2, -2, 0].map((value) => expect.closeTo(value, 4) as number));
});

it('draws an ellipse through its four extremes', () => {
  const path = ellipse(1, 2, 3, 4);
  for (const point of ['1 -2', '4 2', '1 6', '-2 2']) expect(path).toContain(point);
});

it('rounds to a ten-thousandth, so that text is the same everywhere', () => {
  expect(polygon([[1 / 3, -2 / 3]])).toBe('M0.3333 -0.6667Z');
});
