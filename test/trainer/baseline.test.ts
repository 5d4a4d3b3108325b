// The built-in trainer from scratch: random weights, everything trained.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTrain } from '../../src/trainer/cnn-trainer.js';
import type { CnnSettings } from '../../src/trainer/cnn-settings.js';
import { PixelCache } from '../../src/images/study-images.js';
import { cnnSettings, reportsOf } from './support/cnn-study.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hpo-baseline-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const settings = (changes: Partial<CnnSettings> = {}) =>
  cnnSettings(join(root, 'features'), { backbone: { name: 'quicknet', inputSize: 32 }, ...changes });

async function scratchReports(own: CnnSettings, name: string, parameters = {}) {
  const train = await createTrain(own);
  return reportsOf(
    (assignment, context) => train({ ...assignment, source: 'baseline' }, context),
    join(root, name),
    parameters,
  );
}

describe('a baseline', () => {
  it('is trained from random weights with every block unfrozen from the start', async () => {
    const random = await settings({
      backbone: { name: 'quicknet', weights: 'random', inputSize: 32 },
      training: { epochs: 3, headEpochs: 0, batchSize: 8, views: 2 },
    });
    const expected = await reportsOf(await createTrain(random), join(root, 'a'), { unfreezeDepth: 6 });
    expect(await scratchReports(await settings(), 'b', { unfreezeDepth: 1, l2sp: 0.1 })).toEqual(expected);
  });

  it('may have its own number of epochs', async () => {
    expect(await scratchReports(await settings({ baselineEpochs: 5 }), 'a')).toHaveLength(5);
  });

  it('leaves the pre-trained network to the trials after it', async () => {
    const train = await createTrain(await settings());
    const before = await reportsOf(train, join(root, 'a'), { unfreezeDepth: 1 });
    await reportsOf(
      (assignment, context) => train({ ...assignment, source: 'baseline' }, context),
      join(root, 'b'),
      {},
    );
    expect(await reportsOf(train, join(root, 'c'), { unfreezeDepth: 1 })).toEqual(before);
  });

  it('uses the images that trials before it decoded', async () => {
    const reads = vi.spyOn(PixelCache.prototype, 'pixels');
    try {
      const train = await createTrain(await settings());
      await reportsOf(train, join(root, 'a'), { unfreezeDepth: 1 });
      const before = reads.mock.calls.length;
      await reportsOf(
        (assignment, context) => train({ ...assignment, source: 'baseline' }, context),
        join(root, 'b'),
        {},
      );
      expect(reads.mock.calls.length).toBeGreaterThan(before);
      expect(new Set(reads.mock.contexts).size).toBe(1);
    } finally {
      reads.mockRestore();
    }
  });
});
