// The built-in trainer on drawn signs: neither the feature cache nor an interruption changes a result.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Report } from '../../src/study/trial.js';
import type { CnnSettings } from '../../src/trainer/cnn-settings.js';
import { createTrain } from '../../src/trainer/cnn-trainer.js';
import type { EngineName } from '../../src/engines/engine.js';
import { cnnSettings, reportsOf } from './support/cnn-study.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hpo-cnn-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const folder = (name: string): string => join(root, name);

describe.each<[EngineName, readonly number[]]>([
  ['onnx', [0, 1, 2, 3, 4, 5, 6]],
  ['wasm', [0, 2, 6]],
])('on the %s engine', (engine, depths) => {
  it.each(['none', 'flip', 'standard', 'strong', 'weather'])(
    'metrics with and without the feature cache are the same bits at every depth, strategy %s',
    async (augmentation) => {
      const kept = await createTrain(await cnnSettings(folder('features'), { engine }));
      const fresh = await createTrain(await cnnSettings(folder('features'), { engine, reuse: false }));
      for (const unfreezeDepth of depths) {
        const parameters = { augmentation, unfreezeDepth };
        const expected = await reportsOf(fresh, folder(`fresh${unfreezeDepth}`), parameters);
        expect(expected).toHaveLength(3);
        expect(await reportsOf(kept, folder(`kept${unfreezeDepth}`), parameters)).toEqual(expected);
      }
    },
  );

  it.each([0, 2])('reuse changes no bit in half precision, at depth %i', async (unfreezeDepth) => {
    const of = async (name: string, changes: Partial<CnnSettings>) => {
      const settings = await cnnSettings(folder(`features ${name}`), { engine, ...changes });
      const training = { ...settings.training, ...(name === 'full' ? {} : { featurePrecision: 'float16' as const }) };
      const train = await createTrain({ ...settings, training });
      return reportsOf(train, folder(`trial ${name}`), { augmentation: 'standard', unfreezeDepth });
    };
    const kept = await of('half', {});
    expect(kept).toEqual(await of('half, fresh', { reuse: false }));
    const losses = (reports: readonly Report[]) => reports.map(({ metrics }) => metrics['logLoss'] as number);
    const [half, full] = [losses(kept), losses(await of('full', {}))];
    expect(half).not.toEqual(full);
    half.forEach((loss, i) => expect(loss).toBeCloseTo(full[i] as number, 2));
  });

  it('a trial that was cut off resumes in a new worker with the same numbers', async () => {
    const settings = await cnnSettings(folder('features'), { engine });
    const parameters = { unfreezeDepth: 2, dropout: 0.3, l2: 1e-3 };
    const undisturbed = await reportsOf(await createTrain(settings), folder('a'), parameters);
    await reportsOf(await createTrain(settings), folder('b'), parameters, { stopAfter: 2 });
    expect(await reportsOf(await createTrain(settings), folder('b'), parameters)).toEqual(undisturbed);
  });
});

describe('the built-in trainer', () => {
  it('reports every metric and what it is made of', async () => {
    const train = await createTrain(await cnnSettings(folder('features')));
    const [report] = await reportsOf(train, folder('trial'), {});
    expect(Object.keys(report?.metrics ?? {})).toEqual(
      expect.arrayContaining([
        'accuracy',
        'macroF1',
        'macroPrecision',
        'macroRecall',
        'logLoss',
        'f1/stop',
        'trainLoss',
      ]),
    );
    const { confusion = [], predictions } = report?.detail ?? {};
    expect(confusion).toHaveLength(8);
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(16);
    expect(predictions).toHaveLength(16);
  });

  it('tells the loss of the images from the penalty of its regularisers', async () => {
    const train = await createTrain(await cnnSettings(folder('features')));
    // The head begins at zero, where a penalty has no slope: after one step of all images the weights are the same with and without one.
    const second = async (name: string, parameters: Record<string, number>) =>
      (await reportsOf(train, folder(name), { batchSize: 1000, ...parameters }))[1]?.metrics ?? {};
    const plain = await second('plain', {});
    expect(plain).not.toHaveProperty('penalty');
    const penalised = await second('penalised', { l2: 100 });
    expect(penalised['trainLoss']).toBeCloseTo(plain['trainLoss'] ?? NaN, 5);
    expect(penalised['penalty']).toBeGreaterThan(0.001);
    expect((await second('double', { l2: 200 }))['penalty']).toBeCloseTo(2 * (penalised['penalty'] ?? NaN), 5);
  });

  it('draws different batches for different trials, and the same for the same', async () => {
    const train = await createTrain(await cnnSettings(folder('features')));
    const of = async (trial: number, name: string) =>
      (await reportsOf(train, folder(name), {}, { trial })).at(-1)?.metrics;
    expect(await of(0, 'a')).toEqual(await of(0, 'b'));
    expect(await of(1, 'c')).not.toEqual(await of(0, 'd'));
  });

  it('says of each trial how many features it needed, alone or batched, whatever is cached', async () => {
    const context = {
      ...{ signal: new AbortController().signal, slot: 0 },
      ...{ log: () => {}, progress: () => {}, share: () => 1 },
    };
    const needed = async (cache: string, name: string, isBatched: boolean): Promise<unknown> => {
      const train = await createTrain(await cnnSettings(folder(cache)));
      const assignments = [0.1, 0.2, 0.3, 0.4].map((dropout, trial) => ({
        ...{ trial, parameters: { unfreezeDepth: 0, dropout }, seed: 1, reported: 0 },
        directory: folder(`${name} ${trial}`),
      }));
      const trials = isBatched
        ? (train.together?.(assignments, context) ?? [])
        : assignments.map((assignment) => train(assignment, context));
      const all: unknown[] = [];
      for (let epoch = 1; epoch <= 3; epoch++) {
        const steps = isBatched ? await Promise.all(trials.map((trial) => trial.next())) : [];
        if (!isBatched) for (const trial of trials) steps.push(await trial.next());
        all.push(steps.map(({ value }) => (value as Report).work?.['needed']));
      }
      for (const trial of trials) await trial.return();
      return all;
    };
    // 24 training images and 16 validation images.
    const expected = new Array(3).fill(new Array(4).fill(40));
    expect(await needed('batched', 'cold', true)).toEqual(expected);
    expect(await needed('batched', 'warm', true)).toEqual(expected);
    expect(await needed('alone', 'alone', false)).toEqual(expected);
  });

  it('caches no features for the importance of weights', async () => {
    const parameters = { unfreezeDepth: 2, augmentation: 'flip', headEpochs: 0 };
    const files: number[] = [];
    for (const ewc of [0, 1]) {
      const train = await createTrain(await cnnSettings(folder(`features ${ewc}`)));
      await reportsOf(train, folder(`trial ${ewc}`), { ...parameters, ewc });
      const kept = await readdir(folder(`features ${ewc}`), { recursive: true });
      files.push(kept.filter((name) => name.endsWith('.features')).length);
    }
    expect(files[0]).toBeGreaterThan(0);
    expect(files[1]).toBe(files[0]);
  });

  it('trains on as many threads as its cores and its share of the processor allow, with the same numbers', async () => {
    const create = vi.spyOn(InferenceSession, 'create');
    // Programs are tried on several threads after some images.
    const training = { epochs: 15, headEpochs: 1, batchSize: 8, views: 2 };
    const trained = async (name: string, cores: number, share: number): Promise<readonly [unknown, number[]]> => {
      create.mockClear();
      const train = await createTrain(await cnnSettings(folder(`${name} features`), { cores, training }));
      const reports = await reportsOf(train, folder(name), { unfreezeDepth: 2 }, { share });
      const threads = create.mock.calls.map((given) => (given as unknown[])[1] as InferenceSession.SessionOptions);
      return [reports, [...new Set(threads.map(({ intraOpNumThreads = 0 }) => intraOpNumThreads))].sort()];
    };
    const [alone, one] = await trained('alone', 1, 1);
    expect(one).toEqual([1]);
    // The frozen part has the worker's own cores; 1.5 times 2 are 3, of which a power of two.
    const [shared, threads] = await trained('shared', 1.5, 2);
    expect(threads).toEqual([1, 2]);
    expect(shared).toEqual(alone);
    const [few, narrow] = await trained('fewer cores than slots', 0.25, 4);
    expect([few, narrow]).toEqual([alone, [1]]);
    create.mockRestore();
  });

  it('refuses to unfreeze more blocks than there are', async () => {
    const train = await createTrain(await cnnSettings(folder('features')));
    await expect(reportsOf(train, folder('trial'), { unfreezeDepth: 7 })).rejects.toThrow(
      'unfreezeDepth: expected at most 6, the blocks of quicknet, found 7',
    );
  });

  it.each([
    [
      'a metric that no report has',
      { metric: 'f1', direction: 'maximize' },
      /^objective\.metric: expected one of accuracy/,
    ],
    [
      'a loss to be maximized',
      { metric: 'logLoss', direction: 'maximize' },
      /^objective\.direction: expected 'minimize'/,
    ],
    [
      'a positive class that is none',
      { metric: 'positiveF1', direction: 'maximize', positiveClass: 'go' },
      /^objective\.positiveClass: expected one of no-entry/,
    ],
  ] as const)('refuses %s', async (_, objective, message) => {
    await expect(createTrain(await cnnSettings(folder('features'), { objective }))).rejects.toThrow(message);
  });

  it('holds memory flat over a hundred trials', async () => {
    const train = await createTrain(await cnnSettings(folder('features'), { training: { epochs: 2, batchSize: 8 } }));
    const resident: number[] = [];
    for (let trial = 0; trial < 100; trial++) {
      const parameters = { unfreezeDepth: trial % 4, batchSize: [4, 8, 16][trial % 3] as number, augmentation: 'none' };
      await reportsOf(train, folder(`trial${trial}`), parameters, { trial });
      resident.push(process.memoryUsage().rss);
    }
    // All shapes have been compiled by trial 40; what comes after must not grow by more than noise.
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(resident.slice(80)) - mean(resident.slice(40, 60))).toBeLessThan(40e6);
  });
});
