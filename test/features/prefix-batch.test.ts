// The frozen part in runs of a fixed number of images: cached or fresh, an image's features do not depend on its company.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, EngineName } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { RandomStream } from '../../src/math/random.js';
import { initialise } from '../../src/backbones/initialise.js';
import { getBackbone } from '../../src/backbones/registry.js';
import { Prefix, cachedLayersOf } from '../../src/features/prefix.js';
import { sizeOf } from '../../src/graph/host-tensor.js';
import { pythonWith } from '../report/support/python.js';
import { expectClose } from '../engines/close.js';

const SIDE = 32;
const BATCH = 4;
const IMAGES = 7;
const backbone = getBackbone('quicknet');
const weights = initialise(backbone, RandomStream.of('prefix-batch'));
const random = RandomStream.of('images');
const images = Array.from({ length: IMAGES }, () => new Uint8Array(3 * SIDE * SIDE).map(() => random.integer(256)));

const names: readonly EngineName[] = pythonWith('torch') === undefined ? ['onnx'] : ['onnx', 'torch'];

describe.each(names)('on the engine %s (torch where HPO_PYTHON, or python3, has it)', { timeout: 60_000 }, (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name);
  }, 60_000);
  afterAll(() => engine.dispose());

  const prefixOf = (batch: number): Prefix =>
    new Prefix(engine, backbone, weights, SIDE, cachedLayersOf(backbone, SIDE, 2), 1, batch);

  /** Of these images, as one run after the other computes them. */
  async function features(prefix: Prefix, wanted: readonly number[]): Promise<Float32Array[]> {
    const size = sizeOf(prefix.shape('pooled'));
    const found: Float32Array[] = [];
    await prefix.withArrays(async (arrays) => {
      for (let i = 0; i < wanted.length; i += prefix.batch) {
        const run = wanted.slice(i, i + prefix.batch);
        run.forEach((image, k) => prefix.placeOf(k, arrays).set(images[image] ?? []));
        const data = await prefix.fromPixels(arrays.pixels, 'pooled', 'float32', arrays);
        run.forEach((_, k) => found.push(data.slice(k * size, (k + 1) * size)));
      }
    });
    return found;
  }

  it('gives the same bits to an image in whatever place and company', async () => {
    const prefix = prefixOf(BATCH);
    const inOrder = await features(prefix, [0, 1, 2, 3, 4, 5, 6]);
    const turned = await features(prefix, [6, 3, 3, 0, 5, 1]);
    [6, 3, 3, 0, 5, 1].forEach((image, i) => expect(turned[i]).toEqual(inOrder[image]));
    expect((await features(prefix, [2]))[0]).toEqual(inOrder[2]);
    await prefix.dispose();
  });

  it('computes what one image at a time does', async () => {
    const [alone, together] = [prefixOf(1), prefixOf(BATCH)];
    const expected = await features(alone, [0, 1, 2, 3, 4, 5, 6]);
    const found = await features(together, [0, 1, 2, 3, 4, 5, 6]);
    expected.forEach((numbers, i) => expectClose(found[i], numbers, 1e-5, `features of image ${i}`));
    await alone.dispose();
    await together.dispose();
  });
});
