// Blur, noise and cut-out, each in place on RGB uint8 pixels, size · size · 3.
import type { RandomStream } from '../../math/random.js';
import { meanColour } from './colour.js';

/** Between the two passes of a blur. */
let between = new Uint8Array();

/** Gaussian blur in two passes with 16-bit integer weights. `deviation` is a share of the side. */
export function blur(pixels: Uint8Array, size: number, deviation: number): void {
  const weights = gaussian(deviation * size);
  if (weights.length === 1) return;
  if (between.length !== pixels.length) between = new Uint8Array(pixels.length);
  blurAlong(pixels, between, size, 3, size * 3, weights);
  blurAlong(between, pixels, size, size * 3, 3, weights);
}

/** Weights that sum to 65536, over 2.5 deviations to each side. */
function gaussian(deviation: number): Int32Array {
  const radius = Math.ceil(deviation * 2.5);
  if (deviation < 0.05) return Int32Array.of(65536);
  const raw = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)));
  const sum = raw.reduce((a, b) => a + b);
  const weights = Int32Array.from(raw, (weight) => Math.round((weight / sum) * 65536));
  weights[radius] = (weights[radius] as number) + 65536 - weights.reduce((a, b) => a + b);
  return weights;
}

/** `along` is the distance of neighbours in the direction of the blur, `across` that of the lines. Borders repeat. */
function blurAlong(
  from: Uint8Array,
  to: Uint8Array,
  size: number,
  along: number,
  across: number,
  weights: Int32Array,
): void {
  const radius = weights.length >> 1;
  for (let line = 0; line < size; line++) {
    for (let i = 0; i < size; i++) {
      let [r, g, b] = [32768, 32768, 32768];
      for (let k = -radius; k <= radius; k++) {
        const weight = weights[k + radius] as number;
        const at = line * across + Math.min(Math.max(i + k, 0), size - 1) * along;
        r += weight * (from[at] as number);
        g += weight * (from[at + 1] as number);
        b += weight * (from[at + 2] as number);
      }
      const at = line * across + i * along;
      to[at] = r >> 16;
      to[at + 1] = g >> 16;
      to[at + 2] = b >> 16;
    }
  }
}

/** Standard deviation of the sum of four uniform bytes. */
const FOUR_BYTES = Math.sqrt((256 ** 2 - 1) / 3);

/** Adds noise of this deviation, a share of the full scale: the sum of four uniform bytes is nearly Gaussian. */
export function noise(pixels: Uint8Array, deviation: number, random: RandomStream): void {
  const scale = (deviation * 255) / FOUR_BYTES;
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const word = random.nextUint32();
    const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    clamped[i] = (pixels[i] as number) + (sum - 510) * scale;
  }
}

/** Fills a rectangle of this share of the area, anywhere that it fits, with the mean colour. */
export function cutout(pixels: Uint8Array, size: number, area: number, random: RandomStream): void {
  const aspect = random.uniform(0.5, 2);
  const width = Math.min(size, Math.round(size * Math.sqrt(area * aspect)));
  const height = Math.min(size, Math.round(size * Math.sqrt(area / aspect)));
  const left = random.integer(size - width + 1);
  const top = random.integer(size - height + 1);
  const colour = meanColour(pixels).map(Math.round);
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) pixels.set(colour, (y * size + x) * 3);
  }
}
