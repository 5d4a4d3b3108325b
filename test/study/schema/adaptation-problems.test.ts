// Adaptation and target scores need images of the target.
import { expect, it } from 'vitest';
import { problemsIn } from './problems-in.js';

const space = { dropout: { type: 'float', min: 0, max: 0.5 } };
const study = { data: { folder: 'images' }, backbone: { name: 'quicknet' }, space };
const withTarget = (target: object): object => ({ ...study, data: { folder: 'images', target } });

it('adaptation without unlabelled images is refused, fixed or searched', () => {
  const message = 'because there are no images in data.target.unlabelled to adapt to';
  expect(problemsIn({ ...study, training: { adversarial: 0.1 } })).toEqual([
    `training.adversarial: expected 0, ${message}, found 0.1`,
  ]);
  const searched = { ...space, batchNormStatistics: { type: 'choice', values: ['source', 'target'] } };
  expect(problemsIn({ ...withTarget({ validation: 'few' }), space: searched })).toEqual([
    `space.batchNormStatistics: expected 'source', ${message}, found a search`,
  ]);
  expect(problemsIn({ ...withTarget({ unlabelled: 'new' }), training: { adversarial: 0.1 } })).toEqual([]);
  expect(problemsIn({ ...study, training: { adversarial: 0, batchNormStatistics: 'source' } })).toEqual([]);
});

it('a target score without labelled images is refused', () => {
  const objective = { metric: 'target/macroF1' };
  expect(problemsIn({ ...withTarget({ unlabelled: 'new' }), objective })).toEqual([
    "objective.metric: expected a metric of the validation images, because there are no labelled images in data.target, found 'target/macroF1'",
  ]);
  expect(problemsIn({ ...withTarget({ validation: 'few' }), objective })).toEqual([]);
});

it('slices with a target objective are refused, since they are of the validation images', () => {
  const data = { table: 'labels.csv', slices: ['camera'], target: { validation: 'few' } };
  expect(problemsIn({ ...study, data, objective: { metric: 'target/macroF1' } })).toEqual([
    'data.slices: expected no value, because objective.metric is of target images and slices are of validation images, found ["camera"]',
  ]);
  expect(problemsIn({ ...study, data })).toEqual([]);
});

it('a target of no folder is refused', () => {
  expect(problemsIn(withTarget({}))).toEqual(['data.target: expected at least one folder, found {}']);
});

it('folds with a target are refused in words', () => {
  const problems = problemsIn({ ...withTarget({ unlabelled: 'new' }), validation: { folds: 3 } });
  expect(problems).toContainEqual(expect.stringContaining('data.target: expected no value with validation.folds'));
});
