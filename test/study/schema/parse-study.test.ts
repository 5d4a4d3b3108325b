// What a study file may say, and what a person is told when it says something else.
import { describe, expect, it } from 'vitest';
import { countMetric } from '../../../src/metrics/count-metrics.js';
import { metricNames } from '../../../src/metrics/metric-names.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import { problemsIn } from './problems-in.js';

const valid = {
  data: { train: 'train', validation: 'val' },
  backbone: { name: 'squeezenet1.1' },
  space: { learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' } },
};

function parse(file: unknown) {
  return parseStudy(JSON.stringify(file), 'study.json', 'my-images');
}

describe('a valid study file', () => {
  it('gets its defaults', () => {
    const study = parse(valid);
    expect(study.name).toBe('my-images');
    expect(study.search).toMatchObject({ strategy: 'bayesian', trials: 30, seed: 0 });
    expect(study.objective).toEqual({ metric: 'macroF1', direction: 'maximize' });
    expect(study.pruner).toEqual({ type: 'median' });
    expect(study.training.batchSize).toBe(32);
  });

  it('has no fixed value for what the space searches', () => {
    expect(parse(valid).training).not.toHaveProperty('learningRate');
  });

  it('takes increasing numbers for an ordinal choice, and other choices for nominal ones', () => {
    const space = {
      batchSize: { type: 'choice', values: [8, 16, 32] },
      augmentation: { type: 'choice', values: ['none', 'flip'] },
    };
    const study = parse({ ...valid, space });
    expect(study.space['batchSize']).toMatchObject({ ordinal: true });
    expect(study.space['augmentation']).toMatchObject({ ordinal: false });
  });

  it('may start with a byte order mark', () => {
    expect(parseStudy(`\uFEFF${JSON.stringify(valid)}`, 'study.json', 'x').name).toBe('x');
  });

  it('leaves the names of parameters to a trainer of the user', () => {
    const study = parse({ trainer: { module: './train.mjs' }, space: { x: { type: 'float', min: 0, max: 1 } } });
    expect(study.training).toEqual({});
  });
});

describe('an invalid study file', () => {
  it('is told everything at once, each with path, expected and found', () => {
    const problems = problemsIn({
      data: { train: 'a', validation: 'b', extra: 1 },
      backbone: { name: 'x', inputSize: 'big' },
      space: {
        learningRate: { type: 'float', min: 1, max: 0 },
        colour: { type: 'int', min: 0, max: 3 },
        dropout: { type: 'float', min: 0, max: 1.4 },
      },
      training: { epochs: 0 },
      search: { trials: '40', strategy: 'bayes' },
      pruner: { type: 'medan' },
      bogus: 2,
    });
    expect(problems).toEqual([
      'data.extra: unknown key',
      "backbone.inputSize: expected a number, found 'big'",
      'space.learningRate.min: expected at most max (0), found 1',
      "search.strategy: expected one of 'grid', 'random', 'sobol', 'bayesian', 'tpe', found 'bayes'",
      "search.trials: expected a number, found '40'",
      expect.stringMatching(
        /^pruner\.type: expected one of 'none', 'median',.*, found 'medan'; did you mean 'median'\?$/,
      ),
      'training.epochs: expected at least 1, found 0',
      'bogus: unknown key',
      expect.stringMatching(/^space\.colour: expected one of backbone, epochs, .*, found 'colour'$/),
      'space.dropout.max: expected less than 1, found 1.4',
    ]);
  });

  it('is told what a name was meant for', () => {
    const problems = problemsIn({
      ...valid,
      space: {
        learning_rate: { type: 'float', min: 0.1, max: 1 },
        dropout: { typ: 'float', type: 'float', min: 0, max: 0.5 },
      },
      search: { stratgey: 'tpe', strategy: 'baysian' },
      epochs: 20,
      folds: 5,
    });
    expect(problems).toEqual([
      expect.stringMatching(/^space\.dropout\.typ: unknown key; did you mean 'type'\?$/),
      expect.stringMatching(/^search\.strategy: expected one of .*, found 'baysian'; did you mean 'bayesian'\?$/),
      "search.stratgey: unknown key; did you mean 'strategy'?",
      'epochs: unknown key; did you mean training.epochs or baseline.epochs?',
      'folds: unknown key; did you mean validation.folds?',
      expect.stringMatching(
        /^space\.learning_rate: expected one of .*, found 'learning_rate'; did you mean 'learningRate'\?$/,
      ),
    ]);
  });

  it('is refused where a pattern of groups is no regular expression, or one that may backtrack', () => {
    const withPattern = (groupBy: string): string[] =>
      problemsIn({ ...valid, data: { folder: 'images', validationSplit: 0.2, groupBy } });
    expect(withPattern('(person\\d+)_')).toEqual([]);
    expect(withPattern('(person')).toEqual([
      "data.groupBy: expected a regular expression in RE2's syntax (missing closing ): `(person`), found '(person'",
    ]);
    expect(withPattern('(a)\\1')[0]).toContain("data.groupBy: expected a regular expression in RE2's syntax");
  });

  it('is refused where a field is both fixed and searched', () => {
    expect(problemsIn({ ...valid, training: { learningRate: 0.1 } })).toEqual([
      'training.learningRate: expected no value, because space.learningRate already searches it, found 0.1',
    ]);
  });

  it('is refused where a log scale reaches zero', () => {
    const space = { l2: { type: 'float', min: 0, max: 1, scale: 'log' } };
    expect(problemsIn({ ...valid, space })).toEqual(['space.l2.min: expected more than 0 on a log scale, found 0']);
  });

  it('is refused where a choice lists a value twice', () => {
    const space = { batchSize: { type: 'choice', values: [8, 16, 8] } };
    expect(problemsIn({ ...valid, space })).toEqual([
      'space.batchSize.values[2]: expected a value not listed before, found 8',
    ]);
  });

  it('is refused without data or a trainer', () => {
    expect(problemsIn({ space: valid.space })).toEqual([
      'data: expected an object (or your own trainer), found nothing',
      'backbone: expected an object (or your own trainer), found nothing',
    ]);
  });

  it('is refused where an enqueued set is not of the space', () => {
    const [problem] = problemsIn({ ...valid, search: { enqueue: [{ learningRate: 7 }] } });
    expect(problem).toMatch(
      /^search\.enqueue\[0\]: expected parameters of the space, found others \(.*got 7 at parameters\.learningRate\)/,
    );
  });

  it('is told where the text is no JSON', () => {
    expect(() => parseStudy('{ "name": ', 'studies/x.json', 'x')).toThrow(
      /^studies\/x\.json: expected a value at line 1, column 11, got the end of the file\n {2}1 \| \{ "name": /,
    );
  });

  it.each([[[]], [3], [null], ['x']])('is refused where the file is %j', (file) => {
    expect(problemsIn(file)[0]).toMatch(/^the file: expected an object, found /);
  });
});

describe('every value that a domain can give', () => {
  const searching = (space: object) => problemsIn({ ...valid, space });

  it.each(['batchSize', 'epochs', 'unfreezeDepth', 'views', 'headEpochs', 'stepEpochs'])(
    'is one that %s accepts: a float range is refused by name',
    (field) => {
      expect(searching({ [field]: { type: 'float', min: 1, max: 16 } })).toEqual([
        `space.${field}.type: expected 'int' (this field takes integers), found 'float'`,
      ]);
    },
  );

  it('may be an integer of a float range with whole steps', () => {
    expect(searching({ batchSize: { type: 'float', min: 8, max: 64, step: 8 } })).toEqual([]);
    expect(searching({ batchSize: { type: 'float', min: 8, max: 64, step: 0.5 } })).toHaveLength(1);
  });

  it('lies within the bounds of its field at both ends', () => {
    expect(searching({ dropout: { type: 'float', min: -0.1, max: 1 } })).toHaveLength(2);
  });

  it('may be any number where the field takes any', () => {
    expect(searching({ dropout: { type: 'float', min: 0, max: 0.5 }, l2: { type: 'int', min: 0, max: 3 } })).toEqual(
      [],
    );
  });
});

describe('the end of a search', () => {
  const searching = (search: object, more: object = {}) => problemsIn({ ...valid, ...more, search });

  it('is a time, or a rule of bayesian search', () => {
    for (const time of ['90s', '20m', '1h30m']) expect(searching({ time })).toEqual([]);
    expect(searching({ stop: 'noise' })).toEqual([]);
    expect(searching({ stop: { improvement: 0.001 } })).toEqual([]);
  });

  it('is refused in other words', () => {
    for (const time of ['20', 'soon', '0s', 5]) expect(searching({ time })[0]).toContain('search.time');
    expect(searching({ stop: { improvement: 0 } })[0]).toContain('search.stop');
    expect(searching({ strategy: 'random', stop: 'noise' })).toEqual([
      "search.stop: expected no value, because only 'bayesian' predicts improvements, found 'noise'",
    ]);
  });

  it('is no share of a noise that is not known', () => {
    const objective = { metric: 'logLoss', direction: 'minimize' };
    expect(searching({ stop: 'noise' }, { objective })).toEqual([
      `search.stop: expected { "improvement": a number }, because the noise of logLoss is not known, found 'noise'`,
    ]);
  });
});

describe('search.choose', () => {
  const choosing = (search: object, more: object = {}) =>
    problemsIn({ ...valid, ...more, search: { choose: 'simpler', ...search } });

  it('needs trials to choose among', () => {
    expect(choosing({ keep: 2 })).toEqual([]);
    expect(choosing({ keep: 1, confirm: {} })).toEqual([]);
    expect(choosing({ keep: 1 })).toEqual([
      "search.keep: expected 2 or more, because search.choose 'simpler' goes with one of those that are kept, found 1",
    ]);
    expect(choosing({ keep: 1, choose: 'best' })).toEqual([]);
  });

  it('needs a metric that follows from the predicted classes, except in folds', () => {
    const classes = ['cat', 'dog'];
    const names = metricNames(classes);
    const follows = (metric: string): boolean => countMetric(metric, classes) !== undefined;
    for (const metric of names.filter(follows)) expect(choosing({}, { objective: { metric } })).toEqual([]);
    const others = names.filter((metric) => !follows(metric));
    expect(others).toEqual(['logLoss', 'rocAuc']);
    for (const metric of [...others, 'target/macroF1']) {
      const why = `because differences of ${metric}, which does not follow from the predicted classes, cannot be tested`;
      expect(choosing({}, { objective: { metric } })).toContain(
        `search.choose: expected 'best' or no value, ${why}, found 'simpler'`,
      );
    }
    const folds = { objective: { metric: 'logLoss' }, validation: { folds: 5 } };
    expect(choosing({}, folds).filter((problem) => problem.startsWith('search.choose'))).toEqual([]);
  });
});

it('a prior of fine-tuning is refused with a trainer of your own', () => {
  const own = { trainer: { module: './train.mjs' }, space: { x: { type: 'float', min: 0, max: 1 } } };
  expect(problemsIn({ ...own, search: { prior: 'none' } })).toEqual([]);
  expect(problemsIn({ ...own, search: { prior: 'fineTuning' } })).toEqual([
    "search.prior: expected no value, because recorded fine-tunings say nothing of your own trainer, found 'fineTuning'",
  ]);
});
