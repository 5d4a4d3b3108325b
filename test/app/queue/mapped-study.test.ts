// Paths of another machine's study, as they are on this one.
import { expect, it } from 'vitest';
import { mapPath, mappedDefinition } from '../../../src/app/queue/mapped-study.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';

const maps = [
  { from: '/data', to: '/mnt/data' },
  { from: '/data/big', to: '/ssd' },
];

it('maps by whole folders, the longest first', () => {
  expect(['/data/a', '/data', '/data/big/x', '/database', '/other'].map((path) => mapPath(path, maps))).toEqual([
    '/mnt/data/a',
    '/mnt/data',
    '/ssd/x',
    '/database',
    '/other',
  ]);
});

it('makes every path of a study absolute, and leaves what is no path', () => {
  const definition = parseStudy(
    JSON.stringify({
      data: { train: 'train', validation: '../big/val', target: { unlabelled: '../big/night', test: 'night' } },
      backbone: { name: 'quicknet', weights: '/data/w.h5' },
      space: { learningRate: { type: 'float', min: 0.1, max: 1 } },
    }),
    'study.json',
    'name',
  );
  const mapped = mappedDefinition(definition, '/data/study', maps);
  expect(mapped.data).toMatchObject({ train: '/mnt/data/study/train', validation: '/ssd/val' });
  expect(mapped.data?.target).toEqual({ unlabelled: '/ssd/night', test: '/mnt/data/study/night' });
  expect(mapped.backbone).toMatchObject({ name: 'quicknet', weights: '/mnt/data/w.h5' });
  expect(mapped.space).toEqual(definition.space);
});

it('leaves random weights and models of the hub', () => {
  const space = { learningRate: { type: 'float', min: 0.1, max: 1 } };
  const study = (weights: string) =>
    parseStudy(
      JSON.stringify({ data: { folder: 'images' }, backbone: { name: 'quicknet', weights }, space }),
      'study.json',
      'name',
    );
  for (const weights of ['random', 'hf:owner/name']) {
    expect(mappedDefinition(study(weights), '/data', maps).backbone?.weights).toBe(weights);
  }
});
