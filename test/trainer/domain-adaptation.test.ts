// Adaptation to another domain through the built-in trainer: same numbers with a cache and after a cut, and models without traces of it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Parameters } from '../../src/study/parameters.js';
import { must } from '../../src/system/must.js';
import { sourceOf } from '../../src/images/indexing/image-index.js';
import { indexImages } from '../../src/images/indexing/index-images.js';
import { evaluateSplit } from '../../src/app/model/evaluate-split.js';
import { openClassifier } from '../../src/app/model/open-classifier.js';
import type { CnnSettings } from '../../src/trainer/cnn-settings.js';
import { createTrain } from '../../src/trainer/cnn-trainer.js';
import { bestWeightsFile, readBestWeights, trainedModel } from '../../src/trainer/model/trained-model.js';
import { readModelEvaluation } from '../../src/trainer/evaluation.js';
import { cnnSettings, reportsOf } from './support/cnn-study.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hpo-domain-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const folder = (name: string): string => join(root, name);

const QUICKNET = { name: 'quicknet', weights: 'random', inputSize: 32 } as const;
/** With BatchNorm. */
const MOBILENET = { name: 'mobilenetv3small', weights: 'random', inputSize: 32 } as const;

async function settings(changes: Partial<CnnSettings> = {}): Promise<CnnSettings> {
  const drawn = { family: 'traffic-signs', perClass: { train: 3, validation: 2 }, difficulty: 0, weather: ['clear'] };
  const target = { weather: ['night'], perClass: { unlabelled: 4, validation: 2, test: 1 } };
  const index = await indexImages({ drawn, target } as Parameters_<typeof indexImages>, { directory: '.', seed: 1 });
  return cnnSettings(folder('features'), { index, maxDepth: 3, backbone: QUICKNET, ...changes });
}
type Parameters_<F extends (...args: never) => unknown> = globalThis.Parameters<F>[0];

const CASES: readonly [string, CnnSettings['backbone'], Parameters][] = [
  ['adversarial adaptation of features', QUICKNET, { adversarial: 0.5, unfreezeDepth: 0 }],
  ['adversarial adaptation of blocks', QUICKNET, { adversarial: 0.5, unfreezeDepth: 2 }],
  ['statistics of the frozen part', MOBILENET, { batchNormStatistics: 'target', unfreezeDepth: 0 }],
  ['both, with blocks', MOBILENET, { batchNormStatistics: 'target', adversarial: 0.5, unfreezeDepth: 2 }],
];

describe.each(CASES)('%s', (_, backbone, parameters) => {
  it('gives the same numbers without a cache, and when it is cut off and resumes in a new worker', async () => {
    const own = await settings({ backbone });
    const whole = await reportsOf(await createTrain(own), folder('whole'), parameters);
    expect(whole).toHaveLength(3);
    const fresh = await createTrain({ ...own, reuse: false });
    expect(await reportsOf(fresh, folder('fresh'), parameters)).toEqual(whole);
    await reportsOf(await createTrain(own), folder('cut'), parameters, { stopAfter: 2 });
    expect(await reportsOf(await createTrain(own), folder('cut'), parameters)).toEqual(whole);
  });

  it('differs from training without it, and ends in a model of the usual weights with the reported score', async () => {
    const own = await settings({ backbone });
    const train = await createTrain(own);
    const reports = await reportsOf(train, folder('adapted'), parameters);
    const without = { ...parameters, adversarial: 0, batchNormStatistics: 'source' };
    expect(reports).not.toEqual(await reportsOf(train, folder('without'), without));
    const [best] = reports.toSorted((a, b) => must(b.metrics['macroF1'], 'F1') - must(a.metrics['macroF1'], 'F1'));
    const epoch = must(best, 'a report').epoch;
    const names = [...(await readBestWeights(bestWeightsFile(folder('adapted')), epoch)).keys()];
    expect(names.filter((name) => /^(map|domain)/.test(name))).toEqual([]);
    const parts = { backbone, classes: own.index.classes, resize: own.resize, seed: own.seed };
    const classifier = await openClassifier(await trainedModel(parts as never, folder('adapted'), epoch), 'onnx');
    const options = { index: own.index, metric: 'macroF1', seed: 1 } as const;
    const target = await evaluateSplit(classifier, { ...options, split: 'targetValidation' });
    await classifier.close();
    expect(target.metrics['logLoss']).toBeCloseTo(must(best?.metrics['target/logLoss'], 'target loss'), 3);
  });
});

it('a backbone without BatchNorm trains the same with either statistics', async () => {
  const train = await createTrain(await settings());
  const expected = await reportsOf(train, folder('source'), {});
  expect(await reportsOf(train, folder('target'), { batchNormStatistics: 'target' })).toEqual(expected);
});

it('a score of the target can be the objective, with its interval and mistakes', async () => {
  const own = await settings({ objective: { metric: 'target/macroF1', direction: 'maximize' } });
  const reports = await reportsOf(await createTrain(own), folder('trial'), {});
  const values = reports.map(({ metrics }) => must(metrics['target/macroF1'], 'target F1'));
  const epoch = values.indexOf(Math.max(...values)) + 1;
  const evaluation = must(await readModelEvaluation(folder('trial'), epoch), 'an evaluation');
  expect(evaluation).toMatchObject({ split: 'targetValidation', images: 16 });
  expect(evaluation.interval?.value).toBeCloseTo(Math.max(...values), 10);
  const entry = must(own.index.target?.splits.targetValidation[0], 'an image');
  expect(sourceOf(own.index, 'targetValidation', entry)).toMatchObject({ weather: ['night'] });
});
