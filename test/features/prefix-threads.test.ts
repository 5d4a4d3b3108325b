// Cached features are shared by workers with different numbers of threads, so their bits must not depend on that.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { initialise } from '../../src/backbones/initialise.js';
import { getBackbone } from '../../src/backbones/registry.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { Prefix, cachedLayersOf } from '../../src/features/prefix.js';

const SIDE = 96;

async function featuresOf(name: string, threads: number): Promise<Buffer> {
  const backbone = getBackbone(name);
  const random = RandomStream.of('threads', name);
  const weights = initialise(backbone, random);
  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random.integer(256));
  const engine = await openEngine('onnx');
  const stops = cachedLayersOf(backbone, SIDE, backbone.blocks.length);
  const prefix = new Prefix(engine, backbone, weights, SIDE, stops, threads);
  const features = await prefix.withArrays((arrays) => prefix.fromPixels(pixels, 'pooled', 'float32', arrays));
  const bytes = Buffer.from(Float32Array.from(features).buffer);
  await prefix.dispose();
  await engine.dispose();
  return bytes;
}

describe('features of the frozen part', () => {
  for (const name of ['squeezenet1.1', 'mobilenetv2', 'efficientnetb0', 'resnet50', 'inceptionv3', 'vgg16']) {
    it(`are the same to the bit with one, two and five threads: ${name}`, { timeout: 60_000 }, async () => {
      const one = await featuresOf(name, 1);
      expect(one.some((byte) => byte !== 0)).toBe(true);
      for (const threads of [2, 5])
        expect((await featuresOf(name, threads)).equals(one), `${threads} threads`).toBe(true);
    });
  }
});
