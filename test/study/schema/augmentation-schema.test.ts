// Augmentation strategies of a study's own: what the file may say, and where their names may stand.
import { describe, expect, it } from 'vitest';
import { OPERATIONS, type OperationSpecification } from '../../../src/study/augmentation-operations.js';
import { parseStudy, studyJsonSchema } from '../../../src/study/schema/parse-study.js';
import { problemsIn } from './problems-in.js';

const base = {
  data: { train: 'train', validation: 'val' },
  backbone: { name: 'squeezenet1.1' },
  space: { learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' } },
};

const tilt = [{ type: 'rotation', degrees: [-15, 15], probability: 0.5 }, { type: 'horizontalFlip' }];

describe('a strategy of the study', () => {
  it('can be fixed', () => {
    expect(problemsIn({ ...base, augmentations: { tilt }, training: { augmentation: 'tilt' } })).toEqual([]);
  });

  it('can be searched beside the named ones', () => {
    const space = { augmentation: { type: 'choice', values: ['none', 'tilt'] } };
    const study = parseStudy(JSON.stringify({ ...base, augmentations: { tilt }, space }), 'study.json', 'x');
    expect(study.augmentations).toEqual({ tilt });
  });

  it.each(Object.entries<OperationSpecification>(OPERATIONS))('may have %s at its limits', (type, { parameters }) => {
    const limits = Object.fromEntries(Object.entries(parameters).map(([name, { limits }]) => [name, limits]));
    expect(problemsIn({ ...base, augmentations: { mine: [{ type, ...limits }] } })).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['an unknown operation', { type: 'spin' }, "augmentations.mine[0].type: expected one of 'horizontalFlip'"],
    ['a parameter of another', { type: 'blur', degrees: [0, 1] }, 'augmentations.mine[0].degrees: unknown key'],
    [
      'a range beyond the limits',
      { type: 'fog', density: [0, 2] },
      'augmentations.mine[0].density[1]: expected at most 1, found 2',
    ],
    [
      'a reversed range',
      { type: 'rotation', degrees: [9, -9] },
      'augmentations.mine[0].degrees: expected the lower end first, found [9,-9]',
    ],
    [
      'a number for a range',
      { type: 'rotation', degrees: 9 },
      'augmentations.mine[0].degrees: expected a list, found 9',
    ],
    [
      'half a range',
      { type: 'rotation', degrees: [9] },
      'augmentations.mine[0].degrees: expected at least 2 entries, found [9]',
    ],
    [
      'a probability above 1',
      { type: 'blur', probability: 2 },
      'augmentations.mine[0].probability: expected at most 1, found 2',
    ],
  ])('is refused with %s', (_, operation, problem) => {
    const problems = problemsIn({ ...base, augmentations: { mine: [operation] } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('does something', () => {
    expect(problemsIn({ ...base, augmentations: { mine: [] } })).toEqual([
      'augmentations.mine: expected at least 1 entries, found []',
    ]);
  });

  it('has a name of its own', () => {
    expect(problemsIn({ ...base, augmentations: { strong: tilt } })).toEqual([
      "augmentations.strong: expected a name that no other strategy has, found 'strong'",
    ]);
  });

  it.each(['1up', '', '../x'])('is not called %j', (name) => {
    expect(
      problemsIn({ ...base, augmentations: JSON.parse(`{ "${name}": [{ "type": "blur" }] }`) as unknown }),
    ).toHaveLength(1);
  });
});

describe('a name that no strategy has', () => {
  const names =
    "expected one of 'none', 'flip', 'standard', 'strong', 'weather', 'tilt', found 'tlit'; did you mean 'tilt'?";

  it('is refused in training', () => {
    expect(problemsIn({ ...base, augmentations: { tilt }, training: { augmentation: 'tlit' } })).toEqual([
      `training.augmentation: ${names}`,
    ]);
  });

  it('is refused in the space', () => {
    const space = { augmentation: { type: 'choice', values: ['tilt', 'tlit'] } };
    expect(problemsIn({ ...base, augmentations: { tilt }, space })).toEqual([`space.augmentation.values[1]: ${names}`]);
  });

  it('is reported beside problems of other kinds', () => {
    const file = { ...base, augmentations: { tilt }, training: { augmentation: 'tlit' }, serach: {} };
    expect(problemsIn(file)).toEqual([
      "serach: unknown key; did you mean 'search'?",
      `training.augmentation: ${names}`,
    ]);
  });
});

it('a trainer of the user augments by itself', () => {
  const file = {
    trainer: { module: './t.mjs' },
    space: { x: { type: 'float', min: 0, max: 1 } },
    augmentations: { tilt },
  };
  expect(problemsIn(file)[0]).toMatch(/^augmentations: expected no value, because trainer.module/);
});

it('editors are told of every operation', () => {
  const text = JSON.stringify(studyJsonSchema());
  expect(Object.keys(OPERATIONS).filter((name) => !text.includes(`"const":"${name}"`))).toEqual([]);
});
