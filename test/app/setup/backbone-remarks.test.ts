// Backbones without BatchNorm are named where its statistics are to be the target's.
import { expect, it } from 'vitest';
import { statisticsRemarks } from '../../../src/app/setup/backbone-remarks.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { TRAINING_DEFAULTS } from '../../../src/study/schema/training-schema.js';

const backbones = ['quicknet', 'mobilenetv3small'].map((name) => ({ backbone: getBackbone(name) }));
const remarks = (training: object, space: object): string[] =>
  statisticsRemarks({ training: { ...TRAINING_DEFAULTS, ...training }, space: { ...space } }, backbones);

it('names only those without, whether the field is fixed or searched', () => {
  const searched = { batchNormStatistics: { type: 'choice', values: ['source', 'target'] } };
  for (const found of [remarks({ batchNormStatistics: 'target' }, {}), remarks({}, searched)]) {
    expect(found).toEqual([expect.stringContaining("'target' changes nothing with quicknet: there is no BatchNorm")]);
  }
  expect(remarks({}, {})).toEqual([]);
});
