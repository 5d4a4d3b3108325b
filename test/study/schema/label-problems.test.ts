// What a study of several labels an image cannot have.
import { expect, it } from 'vitest';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import { problemsIn } from './problems-in.js';

const study = (changes: object, data: object = {}): object => ({
  data: { table: 'labels.csv', labels: ['boat', 'car'], ...data },
  backbone: { name: 'quicknet' },
  space: { learningRate: { type: 'float', min: 0.001, max: 0.1 } },
  ...changes,
});

it.each<[string, object, RegExp]>([
  [
    'an unknown key of a list',
    study({}, { labels: { column: 'tags', separators: '|' } }),
    /data.labels.separators: unknown key/,
  ],
  ['a single label', study({}, { labels: ['boat'] }), /data.labels: expected at least 2 entries/],
  [
    'a column of one label each',
    study({}, { columns: { label: 'dx' } }),
    /data.columns.label: expected no value, because data.labels names/,
  ],
  [
    'balanced draws',
    study({ training: { sampling: 'balanced' } }),
    /training.sampling: expected 'shuffle', because images with several labels/,
  ],
  [
    'a search for balanced draws',
    study({ space: { sampling: { type: 'choice', values: ['shuffle', 'balanced'] } } }),
    /space.sampling: expected no 'balanced'/,
  ],
  ['a positive class', study({ objective: { positiveClass: 'boat' } }), /objective.positiveClass: expected no value/],
  [
    'slices, which compare accuracies',
    study({}, { slices: ['hospital'] }),
    /data.slices: expected no value, because slices compare the accuracy of one class for each image/,
  ],
])('%s is refused', (_, text, message) => {
  expect(problemsIn(text).join('\n')).toMatch(message);
});

it('lists and columns are accepted', () => {
  const labels = { column: 'tags', separator: '|', none: 'nothing' };
  expect(parseStudy(JSON.stringify(study({}, { labels })), 'study.json', 'x').data).toMatchObject({ labels });
});
