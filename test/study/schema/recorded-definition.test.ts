import { describe, expect, it } from 'vitest';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import { recordedDefinition } from '../../../src/study/schema/recorded-definition.js';

const space = {
  learningRate: { type: 'float', min: 0.0001, max: 0.01, scale: 'log' },
  batchSize: { type: 'choice', values: [8, 16, 32] },
  l2: { type: 'float', min: 0, max: 0.1, when: { batchSize: [8] } },
};
const file = { data: { folder: 'images' }, backbone: { name: 'mobilenetv2' }, space };
const definition = parseStudy(JSON.stringify(file), 'study.json', 'mine');

/** What is read from a journal. */
const asRecorded = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a definition in a journal', () => {
  it('is read back as the study file gave it', () => {
    expect(recordedDefinition.parse(asRecorded(definition))).toEqual(asRecorded(definition));
  });

  it('gets the defaults of fields that did not exist when it was written', () => {
    const { resources: _, pruner: __, ...old } = definition;
    const { enqueue: ___, levels: ____, ...search } = definition.search;
    const read = recordedDefinition.parse(asRecorded({ ...old, search }));
    expect(read).toEqual(asRecorded(definition));
  });

  it('keeps fields of later releases', () => {
    const later = { ...definition, planet: 'Mars', search: { ...definition.search, patience: 3 } };
    expect(recordedDefinition.parse(asRecorded(later))).toEqual(asRecorded(later));
  });

  it('keeps values that our own rules for study files refuse', () => {
    const before = { ...definition, training: { ...definition.training, epochs: 123_456_789 } };
    expect(recordedDefinition.parse(asRecorded(before)).training.epochs).toBe(123_456_789);
  });

  it.each([
    ['nothing', null, ''],
    ['a space of another kind', { ...definition, space: { x: { type: 'complex' } } }, 'space.x.type'],
    ['a strategy that we do not know', { ...definition, search: { strategy: 'oracle' } }, 'search.strategy'],
    [
      'an objective without a direction of ours',
      { ...definition, objective: { direction: 'up' } },
      'objective.direction',
    ],
  ])('is refused where code could not use it: %s', (_, value, path) => {
    const { error } = recordedDefinition.safeParse(value);
    expect(error?.issues[0]?.path.join('.')).toBe(path);
  });
});
