// Curves as characters: sparklines and dots.
import { describe, expect, it } from 'vitest';
import { Canvas } from '../../../src/dashboard/text/canvas.js';
import { rangeOf, sparkline } from '../../../src/dashboard/text/sparkline.js';

const range = { low: 0, high: 1 };

describe('sparkline', () => {
  it('rises with its values', () => expect(sparkline([0, 0.5, 1], range, 10)).toBe('▁▅█'));
  it('shows the latest of the values that share a character', () => {
    expect(sparkline([0, 1, 1, 0], range, 2)).toBe('█▁');
  });
  it('shows the known part of a run that is not over', () => {
    expect(sparkline([0, 1, 0, undefined, undefined, undefined], range, 2)).toBe('▁ ');
  });
  it('leaves blanks for values that are missing or not finite', () => {
    expect(sparkline([undefined, NaN, 1], range, 3)).toBe('  █');
  });
  it('stays within its characters for values outside the range', () => {
    expect(sparkline([-5, 9], range, 2)).toBe('▁█');
  });
  it('draws a constant in the middle', () => expect(sparkline([3], { low: 3, high: 3 }, 1)).toBe('▅'));
});

describe('rangeOf', () => {
  it('is undefined where nothing is finite', () => expect(rangeOf([NaN, undefined, Infinity])).toBeUndefined());
});

describe('Canvas', () => {
  const text = (canvas: Canvas): string[] => canvas.lines().map((line) => line.map((one) => one.text).join(''));

  it('puts (0, 0) at the bottom left', () => {
    const canvas = new Canvas(2, 1);
    canvas.dot(0, 0, 'plain');
    expect(text(canvas)).toEqual(['⡀ ']);
  });
  it('leaves out what lies beyond it', () => {
    const canvas = new Canvas(1, 1);
    for (const at of [-1, 4, NaN, Infinity]) canvas.dot(at, at, 'plain');
    expect(text(canvas)).toEqual([' ']);
  });
  it('joins two points without gaps', () => {
    const canvas = new Canvas(4, 1);
    canvas.stroke(0, 0, 7, 0, 'plain');
    expect(text(canvas)).toEqual(['⣀⣀⣀⣀']);
  });
});
