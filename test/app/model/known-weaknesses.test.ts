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
    'On images of hospital north it is worse than on the rest, by more than chance: accuracy 0.5000 on 40 images.',
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

it('of several labels names the worst by F1, rare ones and those that few images judge', () => {
  const names = ['boat', 'car', 'tree', 'whale'];
  const labels = [
    [
      [60, 0],
      [0, 40],
    ],
    [
      [50, 10],
      [30, 10],
    ],
    [
      [40, 10],
      [10, 40],
    ],
    [
      [94, 4],
      [2, 0],
    ],
  ];
  const train = [400, 300, 250, 9];
  const record = { digest: 'x', classes: names, counts: { ...counts, train }, task: 'multilabel' } as const;
  expect(weaknesses([{ split: 'test', labels }], names, record)).toEqual([
    'whale has an F1 of 0.0000 on the test images, 0.5333 in the mean of labels: found on 0 of 2 images with it, 4 false alarms.',
    'car has an F1 of 0.3333 on the test images, 0.5333 in the mean of labels: found on 10 of 40 images with it, 10 false alarms.',
    'whale was on 9 training images; the most frequent label was on 400.',
    'The figures of whale rest on 2 images with it, of the test images.',
  ]);
});

it('of several labels without mistakes says that nothing was found', () => {
  const perfect = [
    [60, 0],
    [0, 60],
  ];
  const record = { digest: 'x', classes: ['a', 'b'], counts: { ...counts, train: [100, 100] } };
  expect(weaknesses([{ split: 'validation', labels: [perfect, perfect] }], ['a', 'b'], record)).toEqual([
    'None was found on the validation images. That says nothing about other images.',
  ]);
});
