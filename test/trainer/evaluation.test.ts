// The evaluation that is stored beside a trial's best weights: an interval and the worst mistakes.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTrain } from '../../src/trainer/cnn-trainer.js';
import { evaluateModel, readModelEvaluation, writeModelEvaluation } from '../../src/trainer/evaluation.js';
import { cnnSettings, reportsOf } from './support/cnn-study.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hpo-evaluation-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const folder = (name: string): string => join(root, name);

describe('a trial', () => {
  it('stores the evaluation of its best epoch', async () => {
    const settings = await cnnSettings(folder('features'));
    const reports = await reportsOf(await createTrain(settings), folder('a'), { unfreezeDepth: 1 });
    const values = reports.map(({ metrics }) => metrics['macroF1'] as number);
    const best = values.indexOf(Math.max(...values));
    const evaluation = await readModelEvaluation(folder('a'), best + 1);
    expect(evaluation).toMatchObject({ split: 'validation', images: 16, interval: { metric: 'macroF1', level: 0.95 } });
    expect(evaluation?.interval?.value).toBeCloseTo(values[best] as number, 12);
    expect(evaluation?.interval?.low).toBeLessThanOrEqual(values[best] as number);
    const wrong = Math.round(16 * (1 - (reports[best]?.metrics['accuracy'] as number)));
    expect(evaluation?.mistakes).toHaveLength(wrong);
    const files = settings.index.splits.validation.map(({ file }) => file);
    for (const { file, actual, predicted } of evaluation?.mistakes ?? []) {
      expect(files).toContain(file);
      expect(predicted).not.toBe(actual);
      expect(file.startsWith(actual)).toBe(true);
    }
  });

  it('stores the same after an interruption', async () => {
    const settings = await cnnSettings(folder('features'));
    await reportsOf(await createTrain(settings), folder('a'), { unfreezeDepth: 1 });
    await reportsOf(await createTrain(settings), folder('b'), { unfreezeDepth: 1 }, { stopAfter: 2 });
    await reportsOf(await createTrain(settings), folder('b'), { unfreezeDepth: 1 });
    const [a, b] = await Promise.all(['a', 'b'].map((name) => readFile(join(folder(name), 'best.json'), 'utf8')));
    expect(b).toBe(a);
  });
});

describe('readModelEvaluation', () => {
  it('finds nothing where there is nothing, or where it is of another epoch', async () => {
    expect(await readModelEvaluation(root, 1)).toBeUndefined();
    await writeFile(join(root, 'best.json'), '{ "epoch": 2, "split": "test", "images": 1, "mistakes": [] }');
    expect(await readModelEvaluation(root, 1)).toBeUndefined();
    expect(await readModelEvaluation(root, 2)).toEqual({ split: 'test', images: 1, mistakes: [] });
  });

  it('names a file that is damaged', async () => {
    await writeFile(join(root, 'best.json'), '{ "epoch": 2,');
    await expect(readModelEvaluation(root, 2)).rejects.toThrow(/best\.json/);
  });

  it('notices that a file is of another trial, which old files do not say', async () => {
    const evaluation = { split: 'validation' as const, images: 4, mistakes: [] };
    await writeModelEvaluation(root, { trial: 3, epoch: 2 }, evaluation);
    expect(await readModelEvaluation(root, 2, 3)).toEqual(evaluation);
    await expect(readModelEvaluation(root, 2, 4)).rejects.toThrow(
      /that of trial 3 in place of trial 4 at .*best\.json/,
    );
    await writeFile(join(root, 'best.json'), '{ "epoch": 2, "split": "validation", "images": 4, "mistakes": [] }');
    expect(await readModelEvaluation(root, 2, 4)).toEqual(evaluation);
  });

  it('notices any single flipped bit', async () => {
    const mistake = { file: 'a/1.png', actual: 'a', predicted: 'b', confidence: 0.75, probabilityOfActual: 0.25 };
    const interval = { metric: 'f1', value: 0.5, low: 0.25, high: 0.75, level: 0.95 };
    const evaluation = { split: 'validation' as const, images: 4, mistakes: [mistake], interval };
    await writeModelEvaluation(root, { trial: 3, epoch: 2 }, evaluation);
    expect(await readModelEvaluation(root, 2)).toEqual(evaluation);
    const bytes = await readFile(join(root, 'best.json'));
    const bits = Array.from({ length: 8 * (bytes.length - 1) }, (_, bit) => bit);
    await Promise.all(
      Array.from({ length: 32 }, async (_, lane) => {
        await mkdir(folder(`lane ${lane}`));
        for (const bit of bits.filter((one) => one % 32 === lane)) {
          const flipped = Buffer.from(bytes);
          flipped[bit >> 3]! ^= 1 << (bit & 7);
          await writeFile(join(folder(`lane ${lane}`), 'best.json'), flipped);
          await expect(readModelEvaluation(folder(`lane ${lane}`), 2), `bit ${bit}`).rejects.toThrow(/best\.json/);
        }
      }),
    );
  });
});

it('a metric that is not computed from predictions has no interval', async () => {
  const { index } = await cnnSettings(folder('features'));
  const probabilities = new Float32Array(index.splits.test.length * index.classes.length).fill(
    1 / index.classes.length,
  );
  const options = { index, split: 'test', seed: 1 } as const;
  expect(evaluateModel({ ...options, metric: 'trainLoss' }, probabilities)).not.toHaveProperty('interval');
  expect(evaluateModel({ ...options, metric: 'accuracy' }, probabilities)).toHaveProperty('interval');
});
