// What a study costs, against numbers worked out by hand.
import { describe, expect, it } from 'vitest';
import { planTraining } from '../../../src/app/plan/training-costs.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import type { ImagesRecord } from '../../../src/study/events.js';
import { multiplyAccumulates } from '../../../src/backbones/shapes.js';

const backbone = getBackbone('quicknet');
const images = { digest: '', classes: ['a', 'b'], counts: { train: [60, 40], validation: [10, 10], test: [0, 0] } };

function plan(space: object, training: object, target?: NonNullable<ImagesRecord['target']>) {
  const data = target === undefined ? { folder: 'x' } : { folder: 'x', target: { unlabelled: 'y', validation: 'z' } };
  const file = { data, backbone: { name: 'quicknet' }, space, training, search: { trials: 10 } };
  const definition = parseStudy(JSON.stringify(file), 'study.json', 'x');
  const counted = target === undefined ? images : { ...images, target };
  return planTraining({
    definition,
    backbone,
    inputSize: 64,
    images: counted,
    trials: 10,
    workers: 2,
    memory: { budget: 1e9, training: 4e8, features: 2e8 },
  });
}

const dropout = { type: 'float', min: 0, max: 0.5 };

it('counts steps for the smallest and the largest batches', () => {
  const { epochs, stepsPerEpoch } = plan({ batchSize: { type: 'choice', values: [8, 64] } }, { epochs: 5 });
  expect([epochs, ...stepsPerEpoch]).toEqual([5, 2, 13]);
});

it('counts each image once per view and cut with reuse, and every time without', () => {
  const { work } = plan({ dropout }, { epochs: 6, views: 4, augmentation: 'flip', unfreezeDepth: 0 });
  expect(work.imagesWithoutReuse).toBe(10 * 6 * 120);
  expect(work.imagesWithReuse).toBe(4 * 100 + 20);
  const total = multiplyAccumulates(backbone, 64).reduce((a, b) => a + b, 0);
  expect(work.multiplyAccumulates).toBe((4 * 100 + 20) * total);
});

it('counts no view more often than there are epochs, and one where nothing is augmented', () => {
  const short = plan({ dropout }, { epochs: 2, views: 4, augmentation: 'flip' });
  expect(short.work.imagesWithReuse).toBe(2 * 100 + 20);
  const several = plan({ augmentation: { type: 'choice', values: ['none', 'flip'] } }, { epochs: 6, views: 4 });
  expect(several.work.imagesWithReuse).toBe((1 + 4) * 100 + 20);
});

it('gives the features of each depth in bytes', () => {
  const { memory } = plan({ unfreezeDepth: { type: 'int', min: 0, max: 1 } }, { epochs: 3, augmentation: 'none' });
  expect(memory).toMatchObject({ budget: 1e9, training: 4e8 });
  expect(memory.features).toEqual([
    { depth: 0, bytes: 120 * 128 * 4 },
    { depth: 1, bytes: 120 * 4 * 4 * 128 * 4 },
  ]);
});

it('prices the features of every cut once for each view, in half precision at half the bytes', () => {
  const space = { unfreezeDepth: { type: 'int', min: 0, max: 1 } };
  const single = plan(space, { epochs: 6, views: 2, augmentation: 'flip' });
  const half = plan(space, { epochs: 6, views: 2, augmentation: 'flip', featurePrecision: 'float16' });
  expect(single.work.imagesWithReuse).toBe(220);
  expect(single.work.featureBytes).toBe(220 * (128 + 4 * 4 * 128) * 4);
  expect(half.work.featureBytes).toBe(single.work.featureBytes / 2);
  expect(half.featureBudget).toBe(10e9);
});

describe('of another domain', () => {
  const target = { unlabelled: 50, validation: 30, test: 99 };
  const short = { epochs: 6, views: 2, augmentation: 'flip', unfreezeDepth: 0 };

  it('counts labelled images in every evaluation, and never those of the test', () => {
    const { work } = plan({ dropout }, short, target);
    expect(work.imagesWithReuse).toBe(2 * 100 + 20 + 30);
    expect(work.imagesWithoutReuse).toBe(10 * 6 * (100 + 20 + 30));
  });

  it('counts as many target images as training images in adversarial steps', () => {
    const { work } = plan({ dropout }, { ...short, adversarial: 0.1 }, target);
    expect(work.imagesWithReuse).toBe(2 * (100 + 50) + 20 + 30);
    expect(work.imagesWithoutReuse).toBe(10 * 6 * (2 * 100 + 20 + 30));
  });

  it('counts the features of both networks where statistics are searched, and measuring them', () => {
    const both = { batchNormStatistics: { type: 'choice', values: ['source', 'target'] } };
    const { work } = plan(both, short, target);
    const [own, adapted, measured] = [2 * 100 + 20 + 30, 2 * 100 + 20 + 30 + 50, 100 + 50];
    expect(work.imagesWithReuse).toBe(own + adapted + measured);
    const { work: fixed } = plan({ dropout }, { ...short, batchNormStatistics: 'target' }, target);
    expect(fixed.imagesWithReuse).toBe(adapted + measured);
  });
});
