// Whole trials on made-up features: they learn, they stop, and they go on exactly where they were.
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrainingConfiguration } from '../../../src/study/schema/training-schema.js';
import type { Report } from '../../../src/study/trial.js';
import type { Engine, EngineName } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { checkpointInterval, fineTune } from '../../../src/trainer/finetune/trial.js';
import { readSafetensors, writeSafetensors } from '../../../src/backbones/weights/safetensors.js';
import { toyBench, toyPlan } from './support/toy-bench.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hpo-trial-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe.each<EngineName>(['onnx', 'wasm', 'cpu'])('a trial on the %s engine', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name);
  });
  afterAll(() => engine.dispose());

  /** Reports without durations and work; `stopAfter` pulls so many and then gives the trial up. */
  async function run(options: Partial<TrainingConfiguration> = {}, stopAfter = Infinity, folder = directory) {
    let time = 0;
    // Every look at the clock is an hour later than the last, so that every epoch is saved.
    const bench = toyBench(engine, () => (time += 3_600_000));
    const reports: Omit<Report, 'seconds' | 'work'>[] = [];
    for await (const { seconds, work: _, ...report } of fineTune(bench, toyPlan(folder, options))) {
      expect(seconds).toBeGreaterThan(0);
      reports.push(report);
      if (reports.length >= stopAfter) break;
    }
    await bench.programs.dispose();
    return reports;
  }

  it('learns the pattern in the features', async () => {
    const reports = await run({ epochs: 25, learningRate: 2e-2, dropout: 0 });
    expect(reports.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(reports.at(-1)?.metrics['trainLoss']).toBeLessThan((reports[0]?.metrics['trainLoss'] as number) / 2);
    expect(reports.at(-1)?.metrics['accuracy']).toBeGreaterThan(0.8);
  });

  it.each([1, 2, 3, 5])('resumes after epoch %d with the same numbers, bit for bit', async (stopAfter) => {
    const undisturbed = await run({}, Infinity, join(directory, 'undisturbed'));
    await run({}, stopAfter);
    expect(await run()).toEqual(undisturbed);
    const best = await readSafetensors(join(directory, 'best.safetensors'));
    const bestUndisturbed = await readSafetensors(join(directory, 'undisturbed', 'best.safetensors'));
    expect(best).toEqual(bestUndisturbed);
  });

  it.each<[string, Partial<TrainingConfiguration>]>([
    ['gradual unfreezing and a rate for each block', { unfreezing: 'gradual', blockDecay: 0.5, unfreezeDepth: 3 }],
    ['AdamW, l1 and clipping', { optimizer: 'adamw', l1: 1e-4, clipNorm: 0.5 }],
    ['Nesterov momentum, mixup and smoothing', { optimizer: 'sgd', nesterov: true, mixup: 0.3, labelSmoothing: 0.1 }],
    [
      'RMSprop, CutMix and balanced classes',
      { optimizer: 'rmsprop', cutmix: 1, sampling: 'balanced', classWeights: 'balanced' },
    ],
    ['L2-SP, elastic weights and plateaus', { l2sp: 1e-3, ewc: 1e-3, schedule: 'plateau', plateauPatience: 1 }],
  ])('resumes exactly with %s', async (_, options) => {
    const undisturbed = await run(options, Infinity, join(directory, 'undisturbed'));
    await run(options, 4);
    expect(await run(options)).toEqual(undisturbed);
  });
});

describe('a trial', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('onnx');
  });
  afterAll(() => engine.dispose());

  async function finish(options: Partial<TrainingConfiguration>): Promise<Report[]> {
    const reports: Report[] = [];
    for await (const report of fineTune(toyBench(engine), toyPlan(directory, options))) reports.push(report);
    return reports;
  }

  it('is saved every second, less often where that takes long, and every five minutes at least', () => {
    expect([0, 20, 100, 60_000].map(checkpointInterval)).toEqual([1000, 1000, 5000, 300_000]);
  });

  it('keeps the weights of its best epoch', async () => {
    const reports = await finish({ epochs: 5 });
    const { metadata, tensors } = await readSafetensors(join(directory, 'best.safetensors'));
    const best = Math.max(...reports.map(({ metrics }) => metrics['accuracy'] as number));
    expect(Number(metadata['value'])).toBe(best);
    expect(reports[Number(metadata['epoch']) - 1]?.metrics['accuracy']).toBe(best);
    expect([...tensors.keys()].filter((name) => name.startsWith('head/'))).toEqual(['head/kernel', 'head/bias']);
  });

  it('ends early when nothing improves', async () => {
    const still = { epochs: 50, earlyStopping: 2, learningRate: 0, headLearningRate: 0, dropout: 0 } as const;
    expect(await finish({ ...still, unfreezeDepth: 0 })).toHaveLength(3);
  });

  it.each([
    ['atOnce', 5 + 2],
    ['gradual', 5 + 3 + 2],
  ] as const)('has its patience with the blocks, not with the head phase (%s)', async (unfreezing, length) => {
    const still = { epochs: 50, earlyStopping: 2, learningRate: 0, headLearningRate: 0, dropout: 0 } as const;
    const options = { ...still, headEpochs: 5, unfreezeDepth: 2, unfreezeEvery: 3, unfreezing };
    expect(await finish(options)).toHaveLength(length);
  });

  it('says why it ended before its last epoch, also when it is continued', async () => {
    const options = { epochs: 50, earlyStopping: 2, learningRate: 0, unfreezeDepth: 0, dropout: 0 };
    const ends: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const bench = toyBench(engine, () => 0);
      const trial = fineTune(bench, toyPlan(directory, options));
      let step = await trial.next();
      while (step.done !== true) step = await trial.next();
      ends.push(step.value);
      await bench.programs.dispose();
    }
    const reason = expect.stringMatching(
      /^early stopping: accuracy [\d.]+ of epoch 1 not improved in 2 epochs up to epoch 3$/,
    );
    expect(ends).toEqual([{ reason }, { reason }]);
  });

  it('fails as diverged when its loss explodes', async () => {
    await expect(finish({ learningRate: 100, optimizer: 'sgd', unfreezeDepth: 3 })).rejects.toMatchObject({
      code: 'ERR_DIVERGED',
    });
  });

  /** Reports without durations and work, and the warnings. */
  async function again(): Promise<{ reports: unknown[]; warnings: string[] }> {
    const warnings: string[] = [];
    const reports: unknown[] = [];
    const plan = { ...toyPlan(directory), warn: (message: string) => void warnings.push(message) };
    for await (const { seconds: _, work: __, ...report } of fineTune(toyBench(engine), plan)) reports.push(report);
    return { reports, warnings };
  }

  const at = (name: string): string => join(directory, name);
  const flip = (name: string, place: number): void => {
    const bytes = readFileSync(at(name));
    bytes[Math.floor(place * (bytes.length - 1))]! ^= 4;
    writeFileSync(at(name), bytes);
  };

  it.each<[string, () => void, RegExp]>([
    [
      'flipped bits at the end of its checkpoint',
      () => flip('checkpoint.safetensors', 1),
      /checksum .* at .*checkpoint/,
    ],
    ['flipped bits in the header of its checkpoint', () => flip('checkpoint.safetensors', 0.001), /at .*checkpoint/],
    ['a checkpoint that was cut off', () => truncateSync(at('checkpoint.safetensors'), 500), /at .*checkpoint/],
    ['an empty checkpoint', () => writeFileSync(at('checkpoint.safetensors'), ''), /at .*checkpoint/],
    ['flipped bits in its best weights', () => flip('best.safetensors', 0.9), /checksum .* at .*best/],
    ['best weights that are gone', () => rmSync(at('best.safetensors')), /expected the weights of epoch \d, got none/],
  ])('with %s starts over, says so, and gives the same numbers', async (_, damage, warning) => {
    const undamaged = await again();
    expect(undamaged.warnings).toEqual([]);
    const best = readFileSync(at('best.safetensors'));
    damage();
    const { reports, warnings } = await again();
    expect(warnings).toEqual([expect.stringMatching(/^trial 1 starts over, since its checkpoint cannot be used: /)]);
    expect(warnings[0]).toMatch(warning);
    expect(reports).toEqual(undamaged.reports);
    expect(readFileSync(at('best.safetensors')).equals(best)).toBe(true);
  });

  it('starts over with the checkpoint of another configuration', async () => {
    await finish({ epochs: 2 });
    expect(await finish({ epochs: 3 })).toHaveLength(3);
  });

  it('goes on from a checkpoint of an earlier release, which has no checksum', async () => {
    const undisturbed = await again();
    for (const name of ['checkpoint.safetensors', 'best.safetensors']) {
      const { tensors, metadata } = await readSafetensors(at(name));
      await writeSafetensors(at(name), tensors, { ...metadata, version: '1' });
      const bytes = readFileSync(at(name));
      bytes.write('older-id', bytes.indexOf('"checksum"') + 1, 'latin1');
      writeFileSync(at(name), bytes);
      expect((await readSafetensors(at(name))).isChecked).toBe(false);
    }
    expect(await again()).toEqual(undisturbed);
  });

  it.each(['l2sp', 'ewc'] as const)('holds the backbone closer to its start with %s', async (field) => {
    const distance = async (options: Partial<TrainingConfiguration>): Promise<number> => {
      await rm(directory, { recursive: true, force: true });
      await finish({ epochs: 6, ...options });
      const { tensors } = await readSafetensors(join(directory, 'checkpoint.safetensors'));
      const start = toyBench(engine).weights.get('conv3/kernel')?.data as Float32Array;
      const end = tensors.get('conv3/kernel')?.data as Float32Array;
      return Math.hypot(...end.map((value, i) => value - (start[i] as number)));
    };
    expect(await distance({ [field]: 10 })).toBeLessThan(0.5 * (await distance({})));
    // Also where the head is zero when the blocks join it.
    const together = { headEpochs: 0, epochs: 4 };
    expect(await distance({ ...together, [field]: 10 })).toBeLessThan(0.5 * (await distance(together)));
  });

  it('writes a checkpoint and ends when it is given up', async () => {
    const trial = fineTune(toyBench(engine), toyPlan(directory));
    await trial.next();
    await trial.return(undefined);
    expect(existsSync(join(directory, 'checkpoint.safetensors'))).toBe(true);
    expect((await trial.next()).done).toBe(true);
  });
});
