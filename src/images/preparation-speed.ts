// Measures how many images one core prepares in a second.
import sharp from 'sharp';
import { RandomStream } from '../math/random.js';
import { augment } from './augmentation/augment.js';
import { PRESETS } from './augmentation/strategy.js';
import { configureSharp, decodePixels } from './pixels.js';
import type { PreparationSpeed } from './preparation-wait.js';

const PHOTOGRAPH = { width: 500, height: 375, channels: 3 } as const;
/** Of the input of most networks. */
const SIDE = 224;

/** Measures both for so many milliseconds, with sharp as it is where many images are decoded at once: one thread each. */
export async function preparationSpeed(milliseconds: number): Promise<PreparationSpeed> {
  configureSharp();
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const bytes = await sharp({ create: { ...PHOTOGRAPH, background: '#808080', noise } })
    .blur(1)
    .jpeg()
    .toBuffer();
  const decode = (): Promise<Uint8Array> => decodePixels(bytes, SIDE, 'crop', 'a photograph');
  const pixels = await decode();
  const random = RandomStream.of('preparation');
  const decoded = await imagesPerSecond(decode, milliseconds);
  return {
    decoded,
    augmented: await imagesPerSecond(() => augment(pixels, SIDE, PRESETS.standard, random), milliseconds),
  };
}

/** By the fastest one: what else goes on on the machine only ever makes it slower. */
async function imagesPerSecond(prepare: () => unknown, milliseconds: number): Promise<number> {
  let fastest = Infinity;
  const end = performance.now() + milliseconds;
  do {
    const begin = performance.now();
    await prepare();
    fastest = Math.min(fastest, performance.now() - begin);
  } while (performance.now() < end);
  return 1000 / fastest;
}
