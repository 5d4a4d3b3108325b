// Numbers, durations and tables as people read them.
import { describe, expect, it } from 'vitest';
import {
  alignColumns,
  formatBytes,
  formatCount,
  formatDuration,
  formatMetric,
  formatScalar,
  formatTable,
} from '../../src/cli/format.js';

describe('numbers', () => {
  it.each([
    [0.91347, '0.9135'],
    [0, '0.0000'],
    [0.00012345, '0.0001234'],
    [-1.5, '-1.5000'],
    [NaN, 'NaN'],
  ])('metric %f is %s', (value, text) => expect(formatMetric(value)).toBe(text));

  it.each([
    [16, '16'],
    [0.5, '0.5'],
    [0.123456, '0.1235'],
    [0.00004885, '4.885e-5'],
    [123456789, '123456789'],
    ['adam', 'adam'],
    [true, 'true'],
  ])('parameter %s is %s', (value, text) => expect(formatScalar(value)).toBe(text));

  it.each([
    [0.004, '4 ms'],
    [59.6, '1 min'],
    [125, '2 min 5 s'],
    [7200, '2 h'],
    [190_000, '2 d 4 h'],
    [Infinity, 'unknown'],
  ])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [812, '812 B'],
    [3_400_000, '3.4 MB'],
    [123_000_000_000, '123 GB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('counts are exact up to ten thousand', () => {
    expect([formatCount(9999), formatCount(191_040)]).toEqual(['9999', '191 k']);
  });
});

describe('tables', () => {
  it('align numbers to the right and text to the left, whatever the header', () => {
    expect(
      formatTable(
        ['name', 'images'],
        [
          ['ants', '7'],
          ['bees', '123'],
        ],
      ),
    ).toEqual(['name  images', 'ants       7', 'bees     123']);
  });

  it('take a dash for a missing number', () => {
    expect(alignColumns([['1.5'], ['–'], ['12']])).toEqual(['1.5', '  –', ' 12']);
  });

  it('fill short lines', () => {
    expect(alignColumns([['a', 'b'], ['c']])).toEqual(['a  b', 'c']);
  });
});
