// Loading by kind of file.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { initialise } from '../../../src/backbones/initialise.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { weightsDigest } from '../../../src/backbones/weights/digest.js';
import { loadBackboneWeights } from '../../../src/backbones/weights/load.js';
import { writeSafetensors } from '../../../src/backbones/weights/safetensors.js';
import { temporaryFolder } from './temporary-folder.js';

const SQUEEZENET = '../shared/weights/squeezenet_v1.1_imagenet_notop.h5';
const quicknet = getBackbone('quicknet');

afterEach(() => void vi.unstubAllEnvs());

describe('loadBackboneWeights', () => {
  it('reads safetensors', async () => {
    const path = join(temporaryFolder(), 'w.safetensors');
    const weights = initialise(quicknet, RandomStream.of(1));
    await writeSafetensors(path, weights);
    expect(weightsDigest(await loadBackboneWeights(quicknet, path))).toBe(weightsDigest(weights));
  });

  it('passes over the head of a checkpoint', async () => {
    const path = join(temporaryFolder(), 'w.safetensors');
    const weights = initialise(quicknet, RandomStream.of(1));
    await writeSafetensors(
      path,
      new Map(weights).set('head/bias', { shape: [2], role: 'plain', data: new Float32Array(2) }),
    );
    expect((await loadBackboneWeights(quicknet, path)).size).toBe(weights.size);
  });

  it('refuses the weights of another backbone with the first layer that does not fit', async () => {
    const path = join(temporaryFolder(), 'w.safetensors');
    await writeSafetensors(path, initialise(getBackbone('squeezenet1.1'), RandomStream.of(1)));
    await expect(loadBackboneWeights(quicknet, path)).rejects.toMatchObject({
      code: 'ERR_WEIGHTS',
      message: expect.stringMatching(
        /^expected layer stem\/conv with kernel \[3, 3, 3, 24\].*, got conv1 with kernel \[3, 3, 3, 64\]/,
      ) as string,
    });
  });

  it.each(['w', 'w.npz'])('says which kinds there are for %s', async (name) => {
    await expect(loadBackboneWeights(quicknet, name)).rejects.toThrow(
      /expected a \.h5, \.hdf5, \.keras, \.safetensors or \.gguf file or a tfjs model\.json/,
    );
  });

  it('tells of a folder without a model', async () => {
    await expect(loadBackboneWeights(quicknet, temporaryFolder())).rejects.toThrow(/got nothing at .*model\.json/);
  });

  it.skipIf(!existsSync(SQUEEZENET))('reads the Keras file of SqueezeNet (needs ../shared/weights)', async () => {
    vi.stubEnv('HPO_CACHE', temporaryFolder()); // where no other test has kept it
    expect((await loadBackboneWeights(getBackbone('squeezenet1.1'), SQUEEZENET)).size).toBe(50);
  });
});
