// The compiled pixel loops give bit for bit what plain loops give.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { type AffineMap, warp } from '../../../src/images/augmentation/affine.js';
import { type ColourMap, meanColour, recolour } from '../../../src/images/augmentation/colour.js';
import { blur } from '../../../src/images/augmentation/filters.js';
import { canvasOf } from '../../../src/images/augmentation/kernels.js';

const sizes = fc.integer({ min: 1, max: 40 });
const seeds = fc.nat();
const number = (most: number): fc.Arbitrary<number> => fc.double({ min: -most, max: most, noNaN: true });

function image(size: number, seed: number): Uint8Array {
  const random = RandomStream.of('image', seed);
  return Uint8Array.from({ length: size * size * 3 }, () => random.integer(256));
}

const at = (pixels: Uint8Array, index: number): number => pixels[index] as number;

function mirrored(index: number, last: number): number {
  if (last === 0) return 0;
  const folded = ((index % (2 * last)) + 2 * last) % (2 * last);
  return folded > last ? 2 * last - folded : folded;
}

/** Bilinear sampling in numbers with 16 fractional bits, of which 8 weigh. */
function plainWarp(pixels: Uint8Array, size: number, [a, b, c, d, e, f]: AffineMap): Uint8Array {
  const fixed = (value: number): number => Math.round(value * 65536);
  const centre = (size - 1) / 2;
  return Uint8Array.from(pixels, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size), i % 3];
    const sourceX = fixed(b * (y - centre) - a * centre + c * size + centre) + x * fixed(a);
    const sourceY = fixed(e * (y - centre) - d * centre + f * size + centre) + x * fixed(d);
    const [right, below] = [(sourceX >> 8) & 255, (sourceY >> 8) & 255];
    let sum = 32768;
    for (const [row, weightY] of [
      [sourceY >> 16, 256 - below],
      [(sourceY >> 16) + 1, below],
    ] as const) {
      for (const [column, weightX] of [
        [sourceX >> 16, 256 - right],
        [(sourceX >> 16) + 1, right],
      ] as const) {
        const from = mirrored(row, size - 1) * size + mirrored(column, size - 1);
        sum += weightY * weightX * at(pixels, 3 * from + channel);
      }
    }
    return sum >> 16;
  });
}

function plainRecolour(pixels: Uint8Array, map: ColourMap): Uint8ClampedArray {
  return Uint8ClampedArray.from(pixels, (_, i) => {
    const [r, g, b] = [0, 1, 2].map((channel) => at(pixels, i - (i % 3) + channel)) as [number, number, number];
    const [x, y, z, w] = map[(i % 3) as 0 | 1 | 2];
    return x * r + y * g + z * b + w;
  });
}

describe('warp', () => {
  it('is that of plain loops, far outside of the image too', () => {
    const maps = fc.tuple(number(4), number(4), number(2), number(4), number(4), number(2));
    fc.assert(
      fc.property(sizes, seeds, maps, (size, seed, map) => {
        const pixels = image(size, seed);
        const result = new Uint8Array(pixels.length);
        warp(pixels, size, map, result);
        expect(result).toEqual(plainWarp(pixels, size, map));
      }),
    );
  });
});

describe('colour', () => {
  it('is that of plain loops: rounded to even, clamped', () => {
    const row = fc.tuple(number(3), number(3), number(3), number(400));
    const halves = fc.constant([0.5, 0, 0, 0] as const);
    fc.assert(
      fc.property(sizes, seeds, fc.tuple(row, fc.oneof(row, halves), row), (size, seed, map) => {
        const pixels = image(size, seed);
        const expected = plainRecolour(pixels, map);
        recolour(pixels, map);
        expect([...pixels]).toEqual([...expected]);
      }),
    );
  });

  it('has the mean of every channel', () => {
    fc.assert(
      fc.property(sizes, seeds, (size, seed) => {
        const pixels = image(size, seed);
        const mean = [0, 1, 2].map((channel) => {
          const values = pixels.filter((_, i) => i % 3 === channel);
          return values.reduce((sum, value) => sum + value, 0) / values.length;
        });
        expect(meanColour(pixels)).toEqual(mean);
      }),
    );
  });
});

/** Two passes with weights that sum to 65536, over 2.5 deviations to each side; borders repeat. */
function plainBlur(pixels: Uint8Array, size: number, deviation: number): Uint8Array {
  const spread = deviation * size;
  if (spread < 0.05) return pixels;
  const radius = Math.ceil(spread * 2.5);
  const raw = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * spread ** 2)));
  const sum = raw.reduce((total, one) => total + one);
  const weights = raw.map((weight) => Math.round((weight / sum) * 65536));
  weights[radius] = (weights[radius] as number) + 65536 - weights.reduce((total, one) => total + one);
  const pass = (from: Uint8Array, along: 'x' | 'y'): Uint8Array =>
    Uint8Array.from(from, (_, i) => {
      const [x, y, channel] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size), i % 3];
      const within = (index: number): number => Math.min(Math.max(index, 0), size - 1);
      const neighbour = (k: number): number => (along === 'x' ? y * size + within(x + k) : within(y + k) * size + x);
      return (
        weights.reduce((total, weight, k) => total + weight * at(from, 3 * neighbour(k - radius) + channel), 32768) >>
        16
      );
    });
  return pass(pass(pixels, 'x'), 'y');
}

describe('blur', () => {
  it('is that of plain loops', () => {
    fc.assert(
      fc.property(sizes, seeds, fc.double({ min: 0, max: 0.05, noNaN: true }), (size, seed, deviation) => {
        const pixels = image(size, seed);
        const expected = plainBlur(pixels.slice(), size, deviation);
        blur(pixels, size, deviation);
        expect(pixels).toEqual(expected);
      }),
    );
  });

  it('repeats the border, keeps the mean of a flat image, and is the same along and across', () => {
    fc.assert(
      fc.property(sizes, seeds, fc.double({ min: 0, max: 0.05, noNaN: true }), (size, seed, deviation) => {
        const pixels = image(size, seed);
        const turned = transposed(pixels, size);
        blur(pixels, size, deviation);
        blur(turned, size, deviation);
        // Rounded between its two passes, so that their order shows in the last level.
        transposed(turned, size).forEach((value, i) => {
          expect(Math.abs(value - at(pixels, i))).toBeLessThanOrEqual(1);
        });
        const flat = new Uint8Array(pixels.length).fill(seed % 256);
        blur(flat, size, deviation);
        expect(new Set(flat)).toEqual(new Set([seed % 256]));
      }),
    );
  });

  it('spreads one pixel as a Gaussian does', () => {
    const size = 41;
    const pixels = new Uint8Array(size * size * 3);
    pixels.fill(255, 3 * (20 * size + 20), 3 * (20 * size + 20) + 3);
    blur(pixels, size, 2 / size);
    const expected = (x: number): number => (255 * Math.exp(-(x ** 2) / 8)) / (2 * Math.PI * 4);
    for (let x = -4; x <= 4; x++) {
      for (const channel of [0, 1, 2]) {
        const value = at(pixels, 3 * (20 * size + 20 + x) + channel);
        expect(Math.abs(value - expected(x)), `${x} from the middle`).toBeLessThan(1);
      }
    }
  });

  it('refuses a deviation for which there is no room', () => {
    expect(() => blur(image(40, 1), 40, 0.06)).toThrow('expected a deviation of at most 0.05, got 0.06');
  });
});

describe('the canvas', () => {
  it('takes larger and smaller images in any order, and leaves nothing of one in another', () => {
    for (const size of [9, 120, 9, 300, 1]) {
      const pixels = image(size, size);
      const canvas = canvasOf(pixels.length);
      canvas.set(pixels);
      recolour(canvas, [
        [1, 0, 0, 1],
        [0, 1, 0, 1],
        [0, 0, 1, 1],
      ]);
      expect(canvas.every((value, i) => value === Math.min(255, at(pixels, i) + 1))).toBe(true);
    }
  });
});

function transposed(pixels: Uint8Array, size: number): Uint8Array {
  return Uint8Array.from(pixels, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
    return at(pixels, 3 * (x * size + y) + (i % 3));
  });
}
