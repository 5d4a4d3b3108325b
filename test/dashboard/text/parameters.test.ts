// A trial's parameters in one line.
import { describe, expect, it } from 'vitest';
import { parametersWithin } from '../../../src/dashboard/text/parameters.js';

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
