// The backbone of a study: one that is named, or several to choose from.
import { describe, expect, it } from 'vitest';
import { compareDefinitions, compareRecords } from '../../../src/study/amend.js';
import { weightsFor } from '../../../src/study/schema/backbone-schema.js';
import { type StudyDefinition, parseStudy } from '../../../src/study/schema/parse-study.js';
import { problemsIn } from './problems-in.js';

const choice = { type: 'choice', values: ['squeezenet1.1', 'mobilenetv2'] };
const base = { data: { train: 'train', validation: 'val' }, space: { backbone: choice } };
const rate = { learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' } };

const parse = (file: unknown) => parseStudy(JSON.stringify(file), 'study.json', 'x');

describe('backbones to choose from', () => {
  it('need nothing beside the space', () => {
    expect(parse(base).backbone).toEqual({});
  });

  it('may each have weights', () => {
    const { backbone } = parse({ ...base, backbone: { weights: { mobilenetv2: 'm.h5' } } });
    expect(weightsFor(backbone ?? {}, 'mobilenetv2')).toBe('m.h5');
    expect(weightsFor(backbone ?? {}, 'squeezenet1.1')).toBeUndefined();
  });

  it.each<[string, object, string]>([
    [
      'a name beside the choice',
      { backbone: { name: 'vgg16' } },
      'backbone.name: expected no value, because space.backbone',
    ],
    [
      'one file for all',
      { backbone: { weights: 'a.h5' } },
      'backbone.weights: expected an object with a file for each backbone',
    ],
    [
      'weights of another',
      { backbone: { weights: { vgg16: 'a.h5' } } },
      "backbone.weights.vgg16: expected one of 'squeezenet1.1'",
    ],
    [
      'a number',
      { space: { backbone: { type: 'choice', values: [1] } } },
      'space.backbone.values[0]: expected a string, found 1',
    ],
    [
      'a range',
      { space: { backbone: { type: 'int', min: 0, max: 1 } } },
      "space.backbone.type: expected 'choice', found 'int'",
    ],
    [
      'a condition',
      {
        space: {
          optimizer: { type: 'choice', values: ['sgd', 'adam'] },
          backbone: { ...choice, when: { optimizer: ['sgd'] } },
        },
      },
      'space.backbone.when: expected no condition',
    ],
  ])('are refused with %s', (_, change, problem) => {
    const problems = problemsIn({ ...base, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('may become more while the study goes on, with their weights', () => {
    const more = { backbone: { ...choice, values: [...choice.values, 'vgg16'] } };
    const before = parse({ ...base, backbone: { weights: { mobilenetv2: 'm.h5' } } });
    const after = parse({ ...base, space: more, backbone: { weights: { mobilenetv2: 'm.h5', vgg16: 'v.h5' } } });
    const { changes, refusals } = compareDefinitions(before, after);
    expect(refusals).toEqual([]);
    expect(changes).toHaveLength(1);
    const record = (definition: StudyDefinition, weights: string) => ({ name: 'x', definition, weights });
    expect(compareRecords(record(before, 'a=1 b=2'), record(after, 'a=1 b=2 c=3')).refusals).toEqual([]);
    expect(compareRecords(record(before, 'a=1 b=2'), record(after, 'a=1 b=9 c=3')).refusals).toHaveLength(1);
  });

  it('keep the weights that finished trials started from', () => {
    const before = parse({ ...base, backbone: { weights: { mobilenetv2: 'm.h5' } } });
    const after = parse({ ...base, backbone: { weights: { mobilenetv2: 'other.h5' } } });
    expect(compareDefinitions(before, after).refusals[0]).toMatch(/^backbone.weights.mobilenetv2: "m.h5" → "other.h5"/);
  });
});

describe('one backbone', () => {
  const study = { data: base.data, space: rate };

  it('is named', () => {
    expect(problemsIn(study)).toEqual(['backbone: expected an object (or your own trainer), found nothing']);
    expect(problemsIn({ ...study, backbone: {} })).toEqual(['backbone.name: expected a string, found nothing']);
  });

  it('has one file of weights', () => {
    expect(problemsIn({ ...study, backbone: { name: 'vgg16', weights: { vgg16: 'a' } } })[0]).toMatch(
      /^backbone.weights: expected a string, because there is one backbone/,
    );
  });
});
