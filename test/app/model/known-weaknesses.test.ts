// What a model card says of a model's weaknesses.
import { expect, it } from 'vitest';
import { weaknesses } from '../../../src/app/model/known-weaknesses.js';

const classes = ['ant', 'bee', 'wasp'];
const counts = { train: [200, 150, 12], validation: [50, 50, 4], test: [40, 40, 4] };
const images = { digest: 'x', classes, counts };
const confusion = [
  [40, 0, 0],
  [1, 32, 7],
  [0, 2, 2],
];

it('names confused and small classes and bad slices, on the test images where there are any', () => {
  const slice = { column: 'hospital', value: 'north', images: 40, accuracy: 0.5, low: 0.4, high: 0.6, isSmall: false };
  const validation = { split: 'validation', metrics: {}, confusion: [] } as const;
  const test = { split: 'test', metrics: {}, confusion, slices: [{ ...slice, isWorse: true }] } as const;
  expect(weaknesses([validation, test], classes, images)).toEqual([
    'bee is taken for wasp: 7 of 40 on the test images (18 %).',
    'wasp is taken for bee: 2 of 4 on the test images (50 %).',
    'wasp is found least often: recall 0.5000 of 4 images on the test images, 1.0000 for ant.',
    'wasp had 12 training images; the largest class had 200.',
    'Images of hospital north are worse than the rest by more than chance: accuracy 0.5000 on 40 images.',
  ]);
});

it('says that nothing was found rather than nothing', () => {
  const perfect = {
    split: 'validation',
    metrics: {},
    confusion: [
      [60, 0],
      [0, 60],
    ],
  } as const;
  const many = { digest: 'x', classes: ['a', 'b'], counts: { ...counts, train: [100, 100] } };
  expect(weaknesses([perfect], ['a', 'b'], many)).toEqual([
    'None was found on the validation images. That says nothing about other images.',
  ]);
});
