// Every field of training: accepted where it is fixed and where it is searched, the same either way, and not without effect.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scalar } from '../../../src/study/parameters.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import {
  type TrainingConfiguration,
  type TrainingField,
  TRAINING_DEFAULTS,
  trainingFields,
} from '../../../src/study/schema/training-schema.js';
import type { Engine } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { configurationOf } from '../../../src/trainer/finetune/configuration.js';
import { fineTune } from '../../../src/trainer/finetune/trial.js';
import { toyBench, toyPlan } from './support/toy-bench.js';

type Options = Partial<TrainingConfiguration>;

/** They act on where features come from, which these tests make up, or on another engine; see the tests of features, of domain adaptation and of precision. */
const ELSEWHERE: readonly TrainingField[] = ['featurePrecision', 'precision', 'batchNormStatistics'];

/** For each field two values, and what else must be so for the difference to matter. */
const CASES: {
  readonly [Field in TrainingField]: readonly [...TrainingConfiguration[Field][], Options];
} = {
  epochs: [3, 4, {}],
  headEpochs: [1, 2, {}],
  batchSize: [8, 5, {}],
  learningRate: [1e-3, 2e-3, {}],
  headLearningRate: [1e-3, 2e-3, {}],
  unfreezeDepth: [1, 2, {}],
  unfreezing: ['atOnce', 'gradual', {}],
  unfreezeEvery: [1, 2, { unfreezing: 'gradual', epochs: 6 }],
  blockDecay: [1, 0.3, {}],
  dropout: [0, 0.5, {}],
  l1: [0, 1e-2, {}],
  l2: [0, 1e-2, {}],
  l2sp: [0, 1, {}],
  ewc: [0, 1, {}],
  labelSmoothing: [0, 0.2, {}],
  mixup: [0, 0.4, {}],
  cutmix: [0, 1, {}],
  adversarial: [0, 1, {}],
  batchNormStatistics: ['source', 'target', {}],
  classWeights: ['none', 'balanced', {}],
  sampling: ['shuffle', 'balanced', {}],
  clipNorm: [0, 0.05, { optimizer: 'sgd' }],
  augmentation: ['none', 'flip', {}],
  views: [1, 3, { augmentation: 'flip' }],
  featurePrecision: ['float32', 'float16', {}],
  optimizer: ['adam', 'rmsprop', {}],
  momentum: [0, 0.9, { optimizer: 'sgd' }],
  nesterov: [false, true, { optimizer: 'sgd' }],
  beta1: [0.9, 0.5, {}],
  beta2: [0.999, 0.9, {}],
  rho: [0.9, 0.5, { optimizer: 'rmsprop' }],
  epsilon: [1e-7, 1e-2, {}],
  weightDecay: [0, 0.5, { optimizer: 'adamw' }],
  schedule: ['constant', 'oneCycle', {}],
  warmupEpochs: [0, 1, {}],
  stepEpochs: [1, 2, { schedule: 'step' }],
  stepFactor: [0.5, 0.1, { schedule: 'step', stepEpochs: 1 }],
  plateauPatience: [1, 4, { schedule: 'plateau', learningRate: 1e-6, headEpochs: 0 }],
  earlyStopping: [0, 1, { learningRate: 0, headLearningRate: 0, dropout: 0 }],
  precision: ['float32', 'bfloat16', {}],
};
const FIELDS = Object.keys(CASES) as TrainingField[];

const study = (training: object, space: object): string =>
  JSON.stringify({
    data: { folder: 'images', target: { unlabelled: 'elsewhere' } },
    backbone: { name: 'quicknet' },
    training,
    space,
  });
const other = { type: 'float', min: 0, max: 0.5 };

/** A field that the study searches beside the one in question. */
const besides = (field: TrainingField): object => (field === 'dropout' ? { l2: other } : { dropout: other });

it('every field has a default, and a case', () => {
  expect(FIELDS.toSorted()).toEqual(Object.keys(trainingFields).sort());
  expect(Object.keys(TRAINING_DEFAULTS).sort()).toEqual(FIELDS.toSorted());
});

describe.each(FIELDS)('%s', (field) => {
  const [first, second, options] = CASES[field] as readonly [Scalar, Scalar, Options];

  it('can be fixed or searched, but not both', () => {
    const domain = { type: 'choice', values: [first, second] };
    const fixed = parseStudy(study({ [field]: second }, besides(field)), 'study.json', 'study');
    expect(fixed.training[field]).toBe(second);
    const searched = parseStudy(study({}, { ...besides(field), [field]: domain }), 'study.json', 'study');
    expect(searched.space[field]).toMatchObject(domain);
    expect(searched.training[field]).toBeUndefined();
    expect(() => parseStudy(study({ [field]: second }, { [field]: domain }), 'study.json', 'study')).toThrow(field);
  });

  it('means the same whether it is fixed or searched', () => {
    expect(configurationOf({ ...options, [field]: second }, {})).toEqual(configurationOf(options, { [field]: second }));
  });
});

describe('a trial', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('onnx');
  });
  afterAll(() => engine.dispose());

  async function numbersOf(options: Options): Promise<object[]> {
    const directory = await mkdtemp(join(tmpdir(), 'hpo-fields-'));
    const bench = toyBench(engine);
    const plan = toyPlan(directory, { epochs: 4, headEpochs: 1, unfreezeDepth: 3, ...options });
    const numbers: object[] = [];
    for await (const { metrics } of fineTune(bench, plan)) numbers.push(metrics);
    await bench.programs.dispose();
    await rm(directory, { recursive: true });
    return numbers;
  }

  it.each(FIELDS.filter((field) => !ELSEWHERE.includes(field)))('has other numbers with another %s', async (field) => {
    const [first, second, options] = CASES[field] as readonly [Scalar, Scalar, Options];
    expect(await numbersOf({ ...options, [field]: first })).not.toEqual(
      await numbersOf({ ...options, [field]: second }),
    );
  });
});
