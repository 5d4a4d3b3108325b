// A study file that changed between two runs.
import { describe, expect, it } from 'vitest';
import { compareDefinitions, compareRecords } from '../../src/study/amend.js';
import type { ImagesRecord, StudyRecord } from '../../src/study/events.js';
import { parseStudy } from '../../src/study/schema/parse-study.js';

const base = {
  data: { train: 'train', validation: 'val' },
  backbone: { name: 'squeezenet1.1' },
  space: {
    learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' },
    batchSize: { type: 'choice', values: [16, 32] },
  },
  search: { trials: 10, seed: 3 },
};

function compare(after: unknown) {
  const parse = (file: unknown) => parseStudy(JSON.stringify(file), 'study.json', 'x');
  return compareDefinitions(parse(base), parse(after));
}

describe('a changed study file', () => {
  it('is the same where nothing but the order of keys changed', () => {
    const { search, ...rest } = base;
    expect(compare({ search, ...rest })).toEqual({ changes: [], refusals: [] });
  });

  it('may ask for more trials', () => {
    const { changes, refusals } = compare({ ...base, search: { trials: 20, seed: 3 } });
    expect(changes).toEqual(['search.trials: 10 → 20']);
    expect(refusals).toEqual([]);
  });

  it('may widen a range and a list of choices', () => {
    const space = {
      learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
      batchSize: { type: 'choice', values: [8, 16, 32, 64] },
    };
    const { changes, refusals } = compare({ ...base, space });
    expect(changes).toEqual([
      'space.learningRate: float 0.0001 … 0.01 (log) → float 0.00001 … 0.01 (log)',
      'space.batchSize: [16,32] → [8,16,32,64]',
    ]);
    expect(refusals).toEqual([]);
  });

  it('goes on where it began before a training field existed, unless the field is given another value', () => {
    const after = (training: object) => parseStudy(JSON.stringify({ ...base, training }), 'study.json', 'x');
    const { featurePrecision: _, ...training } = after({}).training;
    const before = { ...after({}), training };
    expect(compareDefinitions(before, after({}))).toEqual({ changes: [], refusals: [] });
    expect(compareDefinitions(before, after({ featurePrecision: 'float16' })).refusals).toHaveLength(1);
  });

  it('may define another augmentation strategy', () => {
    const { changes, refusals } = compare({ ...base, augmentations: { mine: [{ type: 'blur' }] } });
    expect(changes).toEqual(['augmentations.mine is new']);
    expect(refusals).toEqual([]);
  });

  it('is refused with a strategy that changed', () => {
    const study = (degrees: number) =>
      parseStudy(
        JSON.stringify({ ...base, augmentations: { tilt: [{ type: 'rotation', degrees: [-degrees, degrees] }] } }),
        'study.json',
        'x',
      );
    expect(compareDefinitions(study(10), study(20)).refusals).toEqual([
      'augmentations.tilt: [{"type":"rotation","degrees":[-10,10]}] → [{"type":"rotation","degrees":[-20,20]}]: ' +
        'finished trials saw images of the old strategy',
    ]);
  });

  it('may change what it runs on', () => {
    expect(compare({ ...base, resources: { workers: 7 } })).toEqual({ changes: [], refusals: [] });
  });

  it('may bear another name: a folder was renamed', () => {
    expect(compare({ ...base, name: 'y' })).toEqual({ changes: ['name: "x" → "y"'], refusals: [] });
  });

  it('names a field that moved to the space once', () => {
    const dropout = { type: 'float', min: 0, max: 0.5 };
    expect(compare({ ...base, space: { ...base.space, dropout } }).refusals).toEqual([
      'space.dropout is new: finished trials have no value for it',
    ]);
  });

  it('shows the condition that changed', () => {
    const study = (values: string[]) => {
      const optimizer = { type: 'choice', values: ['adam', 'sgd', 'rmsprop'] };
      const momentum = { type: 'float', min: 0.5, max: 0.9, when: { optimizer: values } };
      return parseStudy(JSON.stringify({ ...base, space: { optimizer, momentum } }), 'study.json', 'x');
    };
    expect(compareDefinitions(study(['sgd']), study(['sgd', 'rmsprop'])).refusals[0]).toMatch(
      /when {"optimizer":\["sgd"\]} → .* when {"optimizer":\["sgd","rmsprop"\]}: /,
    );
  });

  it.each([
    ['a narrower range', { learningRate: { type: 'float', min: 1e-3, max: 1e-2, scale: 'log' } }],
    ['another scale', { learningRate: { type: 'float', min: 1e-4, max: 1e-2 } }],
    ['a choice gone', { batchSize: { type: 'choice', values: [16, 64] } }],
    ['another order of choices', { batchSize: { type: 'choice', values: [32, 16] } }],
    ['another type', { batchSize: { type: 'int', min: 16, max: 32 } }],
  ])('is refused with %s', (_, change) => {
    const { refusals } = compare({ ...base, space: { ...base.space, ...change } });
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(/can be widened, but not narrowed/);
  });

  it.each([
    [
      'a new parameter',
      { space: { ...base.space, dropout: { type: 'float', min: 0, max: 0.5 } } },
      /^space\.dropout is new/,
    ],
    ['a parameter gone', { space: { learningRate: base.space.learningRate } }, /^space\.batchSize was removed/],
    ['another seed', { search: { trials: 10, seed: 4 } }, /^search\.seed: 3 → 4/],
    ['other images', { data: { train: 'train', validation: 'other' } }, /^data\.validation: "val" → "other"/],
    ['another objective', { objective: { metric: 'accuracy' } }, /^objective\.metric/],
    ['other epochs', { training: { epochs: 50 } }, /^training\.epochs: 12 → 50/],
  ])('is refused with %s', (_, change, reason) => {
    const { refusals } = compare({ ...base, ...change });
    expect(refusals.some((refusal) => reason.test(refusal))).toBe(true);
  });
});

describe('the images and weights that a journal began with', () => {
  const images = (digest: string, train: number[], classes = ['ants', 'bees']): ImagesRecord => ({
    digest,
    classes,
    counts: { train, validation: [1, 1], test: [0, 0] },
  });
  const record = (changes: Partial<StudyRecord>): StudyRecord => ({
    name: 'study',
    definition: parseStudy(JSON.stringify(base), 'study.json', 'x'),
    ...changes,
  });
  const refusals = (before: Partial<StudyRecord>, after: Partial<StudyRecord>): readonly string[] =>
    compareRecords(record(before), record(after)).refusals;

  it('are the same by their digests', () => {
    expect(
      refusals({ images: images('a', [3, 4]), weights: 'w' }, { images: images('a', [3, 4]), weights: 'w' }),
    ).toEqual([]);
  });

  it('are refused with the classes and splits that differ', () => {
    expect(refusals({ images: images('a', [3, 4]) }, { images: images('b', [3, 5]) })).toEqual([
      'train images of bees: 4 → 5: finished trials saw the old ones',
    ]);
    expect(refusals({ images: images('a', [3, 4]) }, { images: images('b', [3, 4], ['ants', 'wasps']) })[0]).toMatch(
      /^classes: ants, bees → ants, wasps/,
    );
  });

  it('are refused where only their contents differ', () => {
    expect(refusals({ images: images('a', [3, 4]) }, { images: images('b', [3, 4]) })[0]).toMatch(
      /^images: the same number/,
    );
    expect(refusals({ weights: 'v' }, { weights: 'w' })[0]).toMatch(/^backbone.weights: /);
  });

  it('may lie elsewhere while they are the same, and are refused by path where nothing vouches for them', () => {
    const moved = {
      ...base,
      data: { train: 'new/train', validation: 'new/val' },
      backbone: { ...base.backbone, weights: 'w.h5' },
    };
    const definition = parseStudy(JSON.stringify(moved), 'study.json', 'x');
    const known = { images: images('a', [3, 4]), weights: 'w' };
    const { changes, refusals: none } = compareRecords(record(known), record({ ...known, definition }));
    expect(none).toEqual([]);
    expect(changes).toEqual([
      'data.train: "train" → "new/train"',
      'data.validation: "val" → "new/val"',
      'backbone.weights: nothing → "w.h5"',
    ]);
    // Before anything was read, it is left to the comparison that follows.
    expect(refusals(known, { definition })).toEqual([]);
    expect(refusals({}, { ...known, definition })).toHaveLength(3);
    const others = refusals(known, { images: images('b', [3, 5]), weights: 'v', definition });
    expect(others.filter((line) => /^(data|backbone)\./.test(line))).toHaveLength(4);
  });

  it('are no matter where one side does not know them', () => {
    expect(refusals({}, { images: images('a', [3, 4]), weights: 'w' })).toEqual([]);
  });
});

describe('a changed command', () => {
  const { data: _, backbone: __, ...rest } = { ...base, space: { lr: base.space.learningRate } };
  const withCommand = (trainer: object) => parseStudy(JSON.stringify({ ...rest, trainer }), 'study.json', 'x');
  const before = withCommand({ command: ['python', 'train.py', '{lr}'] });

  it('may have its program elsewhere, and another grace', () => {
    const after = withCommand({ command: ['/venv/bin/python', 'train.py', '{lr}'], grace: 60 });
    expect(compareDefinitions(before, after)).toEqual({
      changes: ['trainer.command[0]: "python" → "/venv/bin/python"', 'trainer.grace: 10 → 60'],
      refusals: [],
    });
  });

  it.each([
    [
      { command: ['python', 'other.py', '{lr}'] },
      'trainer.command: ["python","train.py","{lr}"] → ["python","other.py","{lr}"]',
    ],
    [{ command: ['python', 'train.py', '{lr}'], env: { A: '1' } }, 'trainer.env: nothing → {"A":"1"}'],
    [{ module: 'train.mjs' }, 'trainer.command'],
  ])('may not have other arguments: %j', (trainer, refusal) => {
    expect(compareDefinitions(before, withCommand(trainer)).refusals.join('; ')).toContain(refusal);
  });
});
