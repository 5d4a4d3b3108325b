// The built-in trainer where the backbone is a parameter.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CnnSettings } from '../../src/trainer/cnn-settings.js';
import { createTrain } from '../../src/trainer/cnn-trainer.js';
import { cnnSettings, reportsOf } from './support/cnn-study.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hpo-choice-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const QUICKNET = { name: 'quicknet', weights: 'random', inputSize: 32 };
const SQUEEZENET = { name: 'squeezenet1.1', weights: 'random', inputSize: 32 };

const settings = (backbone: CnnSettings['backbone']) => cnnSettings(join(root, 'features'), { backbone });

describe('a choice of backbones', () => {
  it('trains each backbone as a study with that backbone alone does', async () => {
    const both = await createTrain(await settings([QUICKNET, SQUEEZENET]));
    for (const [i, one] of [QUICKNET, SQUEEZENET].entries()) {
      const alone = await createTrain(await settings(one));
      const expected = await reportsOf(alone, join(root, `alone${i}`), { unfreezeDepth: 1 });
      const parameters = { unfreezeDepth: 1, backbone: one.name };
      expect(await reportsOf(both, join(root, `both${i}`), parameters)).toEqual(expected);
    }
  });

  it('unfreezes all of a backbone that has fewer blocks than asked for', async () => {
    const train = await createTrain(await settings([QUICKNET, SQUEEZENET]));
    const all = await reportsOf(train, join(root, 'all'), { backbone: 'quicknet', unfreezeDepth: 6 });
    expect(await reportsOf(train, join(root, 'more'), { backbone: 'quicknet', unfreezeDepth: 9 })).toEqual(all);
  });

  it('opens a backbone when a trial first needs it', async () => {
    const broken = { ...SQUEEZENET, weights: join(root, 'missing.h5') };
    const train = await createTrain(await settings([QUICKNET, broken]));
    expect(await reportsOf(train, join(root, 'a'), { backbone: 'quicknet' })).toHaveLength(3);
    await expect(reportsOf(train, join(root, 'b'), { backbone: 'squeezenet1.1' })).rejects.toThrow(/missing\.h5/);
  });

  it('refuses a backbone that is not among them', async () => {
    const train = await createTrain(await settings([QUICKNET, SQUEEZENET]));
    await expect(reportsOf(train, join(root, 'a'), { backbone: 'vgg16' })).rejects.toThrow(
      'expected one of quicknet, squeezenet1.1, got vgg16 as the parameter backbone',
    );
  });
});
