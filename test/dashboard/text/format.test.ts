// Numbers as short as a lane needs them.
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDifference,
  formatDuration,
  formatMetric,
  formatRoughly,
  formatScalar,
} from '../../../src/dashboard/text/format.js';
import { parametersWithin } from '../../../src/dashboard/text/parameters.js';

describe('numbers', () => {
  it.each([
    [formatMetric(0.92345), '0.9234'],
    [formatMetric(0), '0.0000'],
    [formatMetric(0.00002), '0.00002000'],
    [formatMetric(123.456), '123.5'],
    [formatDifference(-0.0312), '−0.031'],
    [formatDifference(0.004), '+0.004'],
    [formatScalar(3.1e-5), '3.1e-5'],
    [formatScalar(1e-7), '1e-7'],
    [formatScalar(0.30000000000000004), '0.3'],
    [formatScalar(16), '16'],
    [formatScalar(true), 'true'],
    [formatDuration(59.6), '1m 00s'],
    [formatDuration(3840), '1h 04m'],
    [formatDuration(7199.9), '2h 00m'],
    [formatDuration(183_600), '2d 3h'],
    [formatDuration(Infinity), '–'],
    [formatRoughly(75), '75s'],
    [formatRoughly(840), '14m'],
    [formatRoughly(12_600), '3.5h'],
    [formatBytes(1.23e9), '1.2 GB'],
    [formatBytes(0), '0 B'],
    [formatCount(41_000), '41k'],
  ])('%s reads %s', (text, expected) => expect(text).toBe(expected));
});

describe('parametersWithin', () => {
  const parameters = { learningRate: 3.1e-4, batchSize: 16, dropout: 0.25, l2: 1e-4 };
  it('names parameters in full where there is room', () => {
    expect(parametersWithin(parameters, 80)).toBe('learningRate 3.1e-4 · batchSize 16 · dropout 0.25 · l2 1e-4');
  });
  it('shortens names where there is not', () => {
    expect(parametersWithin(parameters, 50)).toBe('lr 3.1e-4 · bs 16 · drop 0.25 · l2 1e-4');
  });
  it('keeps names apart that would be shortened to the same', () => {
    expect(parametersWithin({ blurRadius: 1, brightRange: 2 }, 5)).toBe('blurRadius 1  brightRange 2');
  });
});
