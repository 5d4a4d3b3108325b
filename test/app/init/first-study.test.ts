// Defaults of a first study.
import { expect, it } from 'vitest';
import { type FirstStudyOptions, firstStudy } from '../../../src/app/init/first-study.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';

const study = (changes: Partial<FirstStudyOptions>) =>
  firstStudy({
    name: 'x',
    classes: ['a', 'b'],
    counts: [100, 100],
    data: { folder: 'images' },
    backbone: { name: 'quicknet' },
    blocks: 6,
    schema: 'study.schema.json',
    ...changes,
  });

it('is a valid study, whatever the images', () => {
  for (const counts of [
    [3, 3],
    [100, 900],
    [50_000, 60_000],
  ]) {
    const definition = parseStudy(JSON.stringify(study({ counts })), 'study.json', 'x');
    expect(definition.objective.metric).toBe('macroF1');
  }
});

it('holds out a test split where every class can spare it', () => {
  expect(study({ counts: [100, 100] }).data).toMatchObject({ validationSplit: 0.2, testSplit: 0.15 });
  expect(study({ counts: [100, 30] }).data).not.toHaveProperty('testSplit');
  expect(study({ data: { train: 'a', validation: 'b' } }).data).toEqual({ train: 'a', validation: 'b' });
});

it('tries class weights where classes are imbalanced', () => {
  expect(study({ counts: [100, 300] }).space).toHaveProperty('classWeights');
  expect(study({ counts: [100, 120] }).space).not.toHaveProperty('classWeights');
});

it('takes smaller batches of fewer images, and no more blocks than there are', () => {
  expect(study({ counts: [20, 20], blocks: 2 }).space).toMatchObject({
    batchSize: { values: [4, 8, 16] },
    unfreezeDepth: { max: 2 },
  });
});
