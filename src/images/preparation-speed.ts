// How many images one core prepares in a second: what a GPU has to wait for.
import sharp from 'sharp';
import { RandomStream } from '../math/random.js';
import { augment } from './augmentation/augment.js';
import { PRESETS } from './augmentation/strategy.js';
import { decodePixels } from './pixels.js';

/** Images per second, each by one core. */
export interface PreparationSpeed {
  /** Photographs of half a thousand pixels, read from a JPEG and brought to the size of a network's input. */
  readonly decoded: number;
  /** By the strategy `standard`. */
  readonly augmented: number;
}

const PHOTOGRAPH = { width: 500, height: 375, channels: 3 } as const;
/** Of the input of most networks. */
const SIDE = 224;

/** Measures both for so many milliseconds. */
export async function preparationSpeed(milliseconds: number): Promise<PreparationSpeed> {
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

/** The share of time in which an engine that takes so many images a second waits for so many cores, in [0, 1]. */
export function waitingFor({ decoded, augmented }: PreparationSpeed, cores: number, taken: number): number {
  const prepared = cores / (1 / decoded + 1 / augmented);
  return Math.max(0, 1 - prepared / taken);
}
