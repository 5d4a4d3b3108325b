import { expect, it } from 'vitest';
import { recordedLabels, validationLabels } from '../../src/study/validation-labels.js';

function countsOf(validation: number[]): { train: number[]; validation: number[]; test: number[] } {
  return { train: [], validation, test: [] };
}

it('records nothing of images that are in order of their classes', () => {
  expect(recordedLabels([0, 0, 1, 2, 2])).toEqual({});
  expect(validationLabels({ counts: countsOf([2, 1, 2]) })).toEqual([0, 0, 1, 2, 2]);
});

it('records the order of others', () => {
  const labels = [1, 1, 0, 1, 2, 2];
  const recorded = recordedLabels(labels);
  expect(recorded).toEqual({
    labels: [
      [1, 2],
      [0, 1],
      [1, 1],
      [2, 2],
    ],
  });
  expect(validationLabels({ ...recorded, counts: countsOf([1, 3, 2]) })).toEqual(labels);
});
