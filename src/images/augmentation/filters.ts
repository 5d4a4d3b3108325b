// Blur, noise and cut-out, each in place on RGB uint8 pixels, size · size · 3.
import type { RandomStream } from '../../math/random.js';
import { meanColour } from './colour.js';
import { kernels, onCanvas } from './kernels.js';

/** As a share of the side: what there is room for. */
const MOST_BLUR = 0.05;

/** Gaussian blur in two passes with 16-bit integer weights. Borders repeat. `deviation` is a share of the side, at most 0.05; RangeError above. */
export function blur(pixels: Uint8Array, size: number, deviation: number): void {
  if (!(deviation <= MOST_BLUR)) throw new RangeError(`expected a deviation of at most ${MOST_BLUR}, got ${deviation}`);
  const weights = gaussian(deviation * size);
  const radius = weights.length >> 1;
  if (weights[radius] === 65536) return; // nothing but the pixel itself
  onCanvas(pixels, ({ canvas, other, filter }) => {
    const { memory, weighLines } = kernels();
    const row = size * 3;
    const taps = weights.length;
    // A row with its outermost pixels repeated to both sides, the lines that are weighed, and how much.
    const wide = new Uint8Array(memory.buffer, filter, row + 6 * radius);
    const lines = new Uint32Array(memory.buffer, filter + align(wide.length + 16), taps);
    const amounts = new Uint16Array(memory.buffer, lines.byteOffset + lines.byteLength, taps);
    amounts.set(weights);
    const weigh = (to: number): void => weighLines(lines.byteOffset, amounts.byteOffset, taps, to, row);
    const image = new Uint8Array(memory.buffer, canvas, pixels.length);
    lines.forEach((_, k) => (lines[k] = filter + 3 * k));
    for (let y = 0; y < size; y++) {
      const from = image.subarray(y * row, (y + 1) * row);
      wide.set(from, 3 * radius);
      for (let k = 0; k < radius; k++) {
        wide.set(from.subarray(0, 3), 3 * k);
        wide.set(from.subarray(row - 3), row + 3 * (radius + k));
      }
      weigh(other + y * row);
    }
    for (let y = 0; y < size; y++) {
      for (let k = 0; k < taps; k++) lines[k] = other + Math.min(Math.max(y + k - radius, 0), size - 1) * row;
      weigh(canvas + y * row);
    }
  });
}

const align = (bytes: number): number => Math.ceil(bytes / 4) * 4;

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

/** Standard deviation of the sum of four uniform bytes. */
const FOUR_BYTES = Math.sqrt((256 ** 2 - 1) / 3);

/** Adds noise of this deviation, a share of the full scale: the sum of four uniform bytes is nearly Gaussian. */
export function noise(pixels: Uint8Array, deviation: number, random: RandomStream): void {
  const scale = (deviation * 255) / FOUR_BYTES;
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  const words = new Uint32Array(pixels.length);
  random.fillUint32(words);
  for (let i = 0; i < pixels.length; i++) {
    const word = words[i] as number;
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
  const line = new Uint8Array(3 * width);
  const colour = meanColour(pixels).map(Math.round);
  for (let x = 0; x < width; x++) line.set(colour, 3 * x);
  for (let y = top; y < top + height; y++) pixels.set(line, (y * size + left) * 3);
}
