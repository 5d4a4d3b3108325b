// Numbers, durations and sizes as every screen, report and message prints them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  counted,
  formatApart,
  formatBytes,
  formatCount,
  formatDifference,
  formatDuration,
  formatMemory,
  formatMetric,
  formatPercent,
  formatRoughly,
  formatScalar,
  formatTenths,
  listed,
  ordinal,
} from '../../src/system/format.js';

describe('numbers', () => {
  it.each([
    [formatMetric(0.92347), '0.9235'],
    [formatMetric(0.005), '0.0050'],
    [formatMetric(0), '0.0000'],
    [formatMetric(-0), '0.0000'],
    [formatMetric(-1.5), '-1.5000'],
    [formatMetric(0.00002), '0.00002'],
    [formatMetric(0.00012347), '0.0001235'],
    [formatMetric(123.456), '123.5'],
    [formatMetric(12_345.6), '12346'],
    [formatMetric(1.23456e9), '1.235e9'],
    [formatMetric(NaN), '–'],
    [formatDifference(-0.0312), '−0.031'],
    [formatDifference(-0.0001), '+0.000'],
    [formatDifference(0.004), '+0.004'],
    [formatScalar(3.1e-5), '3.1e-5'],
    [formatScalar(0.00004885), '4.885e-5'],
    [formatScalar(0.123456), '0.1235'],
    [formatScalar(0.30000000000000004), '0.3'],
    [formatScalar(16), '16'],
    [formatScalar(-0), '0'],
    [formatScalar(123_456_789), '123456789'],
    [formatScalar(true), 'true'],
    [formatScalar('a\u001b[2Jb'), 'a [2Jb'],
    [formatTenths(-0.04), '0.0'],
    [formatTenths(-0.4), '-0.4'],
    [formatPercent(0.0421), '4.2 %'],
    [formatPercent(0.05), '5 %'],
    [formatPercent(0.93), '93 %'],
    [formatBytes(812), '812 B'],
    [formatBytes(1.23e9), '1.2 GB'],
    [formatBytes(123e9), '123 GB'],
    [formatBytes(0), '0 B'],
    [formatMemory(1.25 * 2 ** 30), '1.25 GiB'],
    [formatCount(9999), '9999'],
    [formatCount(41_000), '41k'],
    [counted(1, 'entry', 'entries'), '1 entry'],
    [counted(0, 'trial'), '0 trials'],
    [listed(['a', 'b', 'c']), 'a, b and c'],
  ])('%s reads %s', (text, expected) => expect(text).toBe(expected));

  it('never print a negative zero', () => {
    fc.assert(
      fc.property(fc.double({ min: -0.001, max: 0 }), (value) => {
        const texts = [formatMetric(value), formatScalar(value), formatPercent(value), formatDifference(value)];
        for (const text of texts) expect(text).not.toMatch(/^[-−]0(\.0*)?( %)?$/);
      }),
    );
  });

  it('that differ are printed apart', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        const [one, other] = formatApart(a, b);
        expect(one === other).toBe(a === b);
      }),
    );
  });

  it('of places have their endings', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal).join(' ')).toBe(
      '1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th',
    );
  });
});

describe('durations', () => {
  it.each([
    [0.0046, '4.6ms'],
    [0.35, '350ms'],
    [0.9999, '1s'],
    [4.63, '4.6s'],
    [42.4, '42s'],
    [59.6, '1m 00s'],
    [125, '2m 05s'],
    [3840, '1h 04m'],
    [7199.9, '2h 00m'],
    [183_600, '2d 3h'],
    [0, '0s'],
    [Infinity, '–'],
  ])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [75, '75s'],
    [840, '14m'],
    [12_600, '3.5h'],
    [-1, '0s'],
  ])('%d seconds are roughly %s', (seconds, text) => expect(formatRoughly(seconds)).toBe(text));

  it('grow no longer than seven characters below 100 days', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 8.6e6, noNaN: true }), (seconds) => {
        expect(formatDuration(seconds).length).toBeLessThanOrEqual(7);
      }),
    );
  });
});
