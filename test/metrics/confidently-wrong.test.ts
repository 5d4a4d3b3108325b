// The most confident mistakes.
import { expect, it } from 'vitest';
import { confidentlyWrong } from '../../src/metrics/confidently-wrong.js';

const scored = {
  labels: [0, 0, 1, 2, 1],
  probabilities: [0.9, 0.1, 0, 0.2, 0.7, 0.1, 0.95, 0.05, 0, 0.1, 0.7, 0.2, 0.2, 0.8, 0],
  classCount: 3,
};

it('come first, the right ones not at all', () => {
  expect(confidentlyWrong(scored, 10)).toEqual([
    { index: 2, actual: 1, predicted: 0, confidence: 0.95, probabilityOfActual: 0.05 },
    { index: 1, actual: 0, predicted: 1, confidence: 0.7, probabilityOfActual: 0.2 },
    { index: 3, actual: 2, predicted: 1, confidence: 0.7, probabilityOfActual: 0.2 },
  ]);
});

it('are at most as many as asked for', () => {
  expect(confidentlyWrong(scored, 1).map(({ index }) => index)).toEqual([2]);
});
