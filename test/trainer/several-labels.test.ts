// Fine-tuning of several labels an image, on drawn shapes: it learns, resumes with the same bits, alone or batched, and its models agree.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openClassifier, openOnnxClassifier } from '../../src/app/model/open-classifier.js';
import { indexImages } from '../../src/images/indexing/index-images.js';
import { type ImageIndex, sourceOf } from '../../src/images/indexing/image-index.js';
import { readPixels } from '../../src/images/pixels.js';
import type { TrainingConfiguration } from '../../src/study/schema/training-schema.js';
import { must } from '../../src/system/must.js';
import type { CnnSettings } from '../../src/trainer/cnn-settings.js';
import { createTrain } from '../../src/trainer/cnn-trainer.js';
import { readModelEvaluation } from '../../src/trainer/evaluation.js';
import { exportModel, loadExportedModel } from '../../src/trainer/model/exported-model.js';
import { trainedModel } from '../../src/trainer/model/trained-model.js';
import { PictureFolder } from '../images/indexing/picture-folder.js';
import { SHAPES, writeScenes } from '../images/shape-scenes.js';
import { cnnSettings, reportsOf } from './support/cnn-study.js';

let pictures: PictureFolder;
let folder: string;
let index: ImageIndex;
beforeAll(async () => {
  pictures = await PictureFolder.create();
  folder = await mkdtemp(join(tmpdir(), 'hpo-labels-'));
  await writeScenes(pictures, 90);
  const data = { table: 'labels.csv', images: 'photos', labels: SHAPES, validationSplit: 0.3 };
  index = await indexImages(data, { directory: pictures.path, seed: 1 });
});
afterAll(async () => {
  await pictures[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const settings = (training: Partial<TrainingConfiguration> = {}): Promise<CnnSettings> =>
  cnnSettings(join(folder, 'cache'), {
    index,
    backbone: { name: 'quicknet', inputSize: 64 },
    objective: { metric: 'meanAveragePrecision', direction: 'maximize' },
    training: {
      epochs: 4,
      headEpochs: 1,
      batchSize: 8,
      views: 1,
      learningRate: 0.01,
      headLearningRate: 0.01,
      ...training,
    },
  });

it('learns, and reports a table of 2 × 2 for each label', async () => {
  const train = await createTrain(await settings({ classWeights: 'balanced' }));
  const reports = await reportsOf(train, join(folder, 'learns'), {});
  const [first, last] = [reports[0], reports.at(-1)];
  expect(last?.metrics['trainLoss']).toBeLessThan(first?.metrics['trainLoss'] ?? 0);
  expect(last?.metrics['meanAveragePrecision']).toBeGreaterThan(0.6);
  const images = index.splits.validation.length;
  expect(last?.detail?.confusion).toBeUndefined();
  for (const table of last?.detail?.labels ?? []) expect(table.flat().reduce((a, b) => a + b)).toBe(images);
  expect(last?.detail?.labels).toHaveLength(3);
  await train.dispose();
});

it('resumes with the same bits, with mixed images and smoothed labels', async () => {
  const config = await settings({ mixup: 0.3, cutmix: 0.3, labelSmoothing: 0.1, dropout: 0.2 });
  const train = await createTrain(config);
  const whole = await reportsOf(train, join(folder, 'whole'), {});
  await reportsOf(train, join(folder, 'parts'), {}, { stopAfter: 2 });
  expect(await reportsOf(train, join(folder, 'parts'), {})).toEqual(whole);
  await train.dispose();
});

it('gives a batch of trials the bits of each alone', async () => {
  const train = await createTrain(await settings());
  const rates = [0.002, 0.005, 0.01, 0.02];
  const alone = await Promise.all(
    rates.map((learningRate, trial) => reportsOf(train, join(folder, `alone-${trial}`), { learningRate }, { trial })),
  );
  const context = { signal: new AbortController().signal, slot: 0, log: () => {}, progress: () => {}, share: () => 1 };
  const assignments = rates.map((learningRate, trial) => ({
    ...{ trial, parameters: { learningRate }, seed: 1, directory: join(folder, `batch-${trial}`), reported: 0 },
  }));
  const generators = must(train.together, 'batched trials')(assignments, context);
  const batched = generators.map(() => [] as object[]);
  for (let epoch = 0; epoch < 4; epoch++) {
    const results = await Promise.all(generators.map((one) => one.next()));
    results.forEach(({ value }, i) => {
      const { seconds: _, work: __, ...report } = { seconds: 0, work: 0, ...value };
      batched[i]?.push(report);
    });
  }
  await Promise.all(generators.map((one) => one.return(undefined)));
  expect(batched).toEqual(alone);
  await train.dispose();
});

it('exports thresholds, and each format gives the same probabilities of labels on their own', async () => {
  const config = await settings();
  const train = await createTrain(config);
  const directory = join(folder, 'exported');
  const reports = await reportsOf(train, directory, {});
  await train.dispose();
  const values = reports.map(({ metrics }) => metrics['meanAveragePrecision'] ?? 0);
  const best = 1 + values.indexOf(Math.max(...values));
  const parts = {
    backbone: { name: 'quicknet', inputSize: 64 },
    classes: index.classes,
    resize: 'crop',
    seed: 1,
  } as const;
  const model = await trainedModel({ ...parts, task: 'multilabel' }, directory, best);
  const { thresholds } = must(await readModelEvaluation(directory, best), 'an evaluation');
  expect(model.thresholds).toEqual(thresholds);
  const out = join(folder, 'model');
  await exportModel(model, out, {
    formats: ['onnx', 'tfjs'],
    dtype: 'float32',
    dropout: 0,
    facts: { name: 'shapes', metrics: {} },
  });
  const loaded = await loadExportedModel(out);
  expect(loaded).toMatchObject({ task: 'multilabel', thresholds });
  const classifiers = [
    await openClassifier(model, 'onnx'),
    await openClassifier(loaded, 'cpu'),
    await openOnnxClassifier(join(out, 'model.onnx'), 'onnx'),
  ];
  const pixels = await readPixels(
    sourceOf(index, 'validation', must(index.splits.validation[0], 'an image')),
    64,
    'crop',
  );
  const all = await Promise.all(classifiers.map((one) => one.probabilities(pixels)));
  for (const own of all) own.forEach((probability, k) => expect(probability).toBeCloseTo(all[0]?.[k] ?? NaN, 4));
  expect(classifiers.map((one) => one.thresholds)).toEqual([thresholds, thresholds, thresholds]);
  await Promise.all(classifiers.map((one) => one.close()));
  await damagedThresholds(out);
});

/** A model whose thresholds were lost or cut is refused, with the file that is wrong. */
async function damagedThresholds(out: string): Promise<void> {
  const input = join(out, 'input.json');
  const { thresholds, ...about } = z
    .looseObject({ thresholds: z.array(z.number()) })
    .parse(JSON.parse(await readFile(input, 'utf8')));
  const loadedWith = async (changes: object): Promise<unknown> => {
    await writeFile(input, JSON.stringify({ ...about, ...changes }));
    return loadExportedModel(out);
  };
  await expect(loadedWith({})).rejects.toThrow(
    /expected thresholds of the labels in input.json, got none at .*model.json/,
  );
  await expect(loadedWith({ thresholds: thresholds.slice(1) })).rejects.toThrow(
    /a threshold for each of 3 labels, got 2 at .*input.json/,
  );
  await expect(loadedWith({ thresholds: [0.5, 1.5, 0.5] })).rejects.toThrow(/thresholds\[1\].*input.json/);
  const model = join(out, 'model.onnx');
  const bytes = await readFile(model);
  const place = bytes.indexOf('thresholds');
  expect(place).toBeGreaterThan(0);
  bytes.write('thresholdz', place);
  await writeFile(model, bytes);
  await expect(openOnnxClassifier(model, 'onnx')).rejects.toThrow(/without the metadata 'thresholds' at .*model.onnx/);
}

it('refuses balanced draws, which have no meaning', async () => {
  const train = await createTrain(await settings({ sampling: 'balanced' }));
  await expect(reportsOf(train, join(folder, 'balanced'), {})).rejects.toThrow(/of no single class, got 'balanced'/);
  await train.dispose();
});

it('adapts to unlabelled images of another domain, with the same bits when it resumes', async () => {
  const data = { table: 'labels.csv', images: 'photos', labels: SHAPES, validationSplit: 0.3 };
  const target = { unlabelled: 'photos' };
  const adapted = await indexImages({ ...data, target }, { directory: pictures.path, seed: 1 });
  const train = await createTrain({ ...(await settings({ adversarial: 0.3, unfreezeDepth: 1 })), index: adapted });
  const whole = await reportsOf(train, join(folder, 'adapted'), {});
  expect(whole.at(-1)?.metrics['domainLoss']).toBeGreaterThan(0);
  expect(whole.at(-1)?.metrics['meanAveragePrecision']).toBeGreaterThan(0.5);
  await reportsOf(train, join(folder, 'adapted in parts'), {}, { stopAfter: 2 });
  expect(await reportsOf(train, join(folder, 'adapted in parts'), {})).toEqual(whole);
  await train.dispose();
});
