// Augmentation: pure, deterministic, and each operation does what it says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { augment } from '../../../src/images/augmentation/augment.js';
import { OPERATIONS, type OperationName, type PartialOperation } from '../../../src/study/augmentation-operations.js';
import { PRESETS, strategyOf } from '../../../src/images/augmentation/strategy.js';

const stream = (view = 0): RandomStream => RandomStream.of('test', view);

function randomPixels(size: number, seed = 1): Uint8Array {
  const random = RandomStream.of('pixels', seed);
  return Uint8Array.from({ length: size * size * 3 }, () => random.integer(256));
}

const apply = (pixels: Uint8Array, ...operations: PartialOperation[]): Uint8Array =>
  augment(pixels, Math.sqrt(pixels.length / 3), strategyOf(operations), stream());

/** A size × size image of one colour. */
const flat = (size: number, ...colour: [number, number, number]): Uint8Array =>
  Uint8Array.from({ length: size * size * 3 }, (_, i) => colour[i % 3] as number);

const pixel = (pixels: Uint8Array, size: number, x: number, y: number): number[] => {
  const at = (y * size + x) * 3;
  return [...pixels.subarray(at, at + 3)];
};

const names = Object.keys(OPERATIONS) as OperationName[];

describe('every operation', () => {
  it.each(names)('%s leaves its input alone and gives as many values', (type) => {
    const pixels = randomPixels(32);
    const before = pixels.slice();
    expect(apply(pixels, { type }).length).toBe(pixels.length);
    expect(pixels).toEqual(before);
  });

  it.each(names)('%s gives the same for the same stream', (type) => {
    const pixels = randomPixels(32);
    expect(apply(pixels, { type })).toEqual(apply(pixels, { type }));
  });

  it.each(names)('%s changes nothing at probability 0', (type) => {
    const pixels = randomPixels(32);
    expect(apply(pixels, { type, probability: 0 })).toEqual(pixels);
  });

  it.each(names)('%s copes with one pixel', (type) => {
    expect(apply(randomPixels(1), { type }).length).toBe(3);
  });

  it.each(names)('%s changes a picture at its defaults', (type) => {
    const pixels = randomPixels(64);
    expect(apply(pixels, { type })).not.toEqual(pixels);
  });
});

describe('geometry', () => {
  const corner = (): Uint8Array => {
    const pixels = new Uint8Array(4 * 4 * 3);
    pixels.set([10, 20, 30], 0);
    return pixels;
  };

  it('mirrors exactly', () => {
    expect(pixel(apply(corner(), { type: 'horizontalFlip' }), 4, 3, 0)).toEqual([10, 20, 30]);
    expect(pixel(apply(corner(), { type: 'verticalFlip' }), 4, 0, 3)).toEqual([10, 20, 30]);
  });

  it('is exact for two flips of any image', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer(), (size, seed) => {
        const pixels = randomPixels(size, seed);
        expect(apply(pixels, { type: 'horizontalFlip' }, { type: 'horizontalFlip' })).toEqual(pixels);
      }),
    );
  });

  it('turns counter-clockwise', () => {
    const turned = apply(corner(), { type: 'rotation', degrees: [90, 90] });
    expect(pixel(turned, 4, 0, 3)).toEqual([10, 20, 30]);
  });

  it('shifts to the right and down by shares of the side', () => {
    const shifted = apply(corner(), { type: 'shift', share: [0.5, 0.5] });
    expect(pixel(shifted, 4, 2, 2)).toEqual([10, 20, 30]);
  });

  it('mirrors at the border what lies outside', () => {
    const columns = Uint8Array.from({ length: 5 * 5 * 3 }, (_, i) => (Math.floor(i / 3) % 5) * 50);
    const shifted = apply(columns, { type: 'shift', share: [0.4, 0.4] });
    expect([0, 1, 2, 3, 4].map((x) => pixel(shifted, 5, x, 2)[0])).toEqual([100, 50, 0, 50, 100]);
  });

  it('enlarges the middle', () => {
    const pixels = flat(8, 0, 0, 0);
    for (const [x, y] of [
      [3, 3],
      [4, 3],
      [3, 4],
      [4, 4],
    ] as const)
      pixels.set([200, 200, 200], (y * 8 + x) * 3);
    const lit = (image: Uint8Array): number => image.filter((value) => value > 100).length / 3;
    expect(lit(apply(pixels, { type: 'zoom', factor: [2, 2] }))).toBeGreaterThanOrEqual(12);
    expect(lit(pixels)).toBe(4);
  });

  it('crops a part that lies within the image', () => {
    const ramp = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (Math.floor(i / 3) % 64) * 4);
    for (let view = 0; view < 50; view++) {
      const strategy = strategyOf([{ type: 'crop', area: [0.25, 0.25], aspect: [1, 1] }]);
      const cropped = augment(ramp, 64, strategy, stream(view));
      const row = Array.from({ length: 64 }, (_, x) => pixel(cropped, 64, x, 32)[0] as number);
      expect(row.every((value, x) => x === 0 || value >= (row[x - 1] as number))).toBe(true);
      expect((row[63] as number) - (row[0] as number)).toBeCloseTo(63 * 4 * 0.5, -1);
    }
  });

  it('composes several operations in one warp: a turn and its opposite change nothing', () => {
    const pixels = randomPixels(16);
    const there = { type: 'rotation', degrees: [30, 30] } as const;
    const back = { type: 'rotation', degrees: [-30, -30] } as const;
    expect(apply(pixels, there, back)).toEqual(pixels);
  });
});

describe('colour', () => {
  it('multiplies by brightness', () => {
    expect(pixel(apply(flat(4, 100, 50, 200), { type: 'brightness', factor: [1.2, 1.2] }), 4, 1, 1)).toEqual([
      120, 60, 240,
    ]);
  });

  it('clamps', () => {
    expect(pixel(apply(flat(4, 100, 50, 200), { type: 'brightness', factor: [3, 3] }), 4, 1, 1)).toEqual([
      255, 150, 255,
    ]);
  });

  it('moves everything to the mean at no contrast', () => {
    const halves = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => (i < 24 ? 50 : 150));
    expect(apply(halves, { type: 'contrast', factor: [0, 0] })).toEqual(flat(4, 100, 100, 100));
  });

  it('turns grey, by luminance, at no saturation', () => {
    const level = Math.round(0.299 * 100 + 0.587 * 50 + 0.114 * 200);
    expect(apply(flat(4, 100, 50, 200), { type: 'saturation', factor: [0, 0] })).toEqual(flat(4, level, level, level));
  });

  it('composes: contrast sees the brightness before it', () => {
    const halves = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => (i < 24 ? 50 : 150));
    const both = apply(halves, { type: 'brightness', factor: [0.5, 0.5] }, { type: 'contrast', factor: [0, 0] });
    expect(both).toEqual(flat(4, 50, 50, 50));
  });
});

describe('filters', () => {
  it('blur keeps a flat image and smooths a checkerboard', () => {
    expect(apply(flat(16, 9, 99, 199), { type: 'blur', deviation: [0.05, 0.05] })).toEqual(flat(16, 9, 99, 199));
    const board = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => {
      const at = Math.floor(i / 3);
      return ((at % 16) + Math.floor(at / 16)) % 2 === 0 ? 0 : 200;
    });
    const middle = pixel(apply(board, { type: 'blur', deviation: [0.05, 0.05] }), 16, 8, 8)[0] as number;
    expect(Math.abs(middle - 100)).toBeLessThan(15);
  });

  it('noise has the deviation asked for and no bias', () => {
    const noisy = apply(flat(64, 128, 128, 128), { type: 'noise', deviation: [0.05, 0.05] });
    const mean = noisy.reduce((sum, value) => sum + value, 0) / noisy.length;
    const deviation = Math.sqrt(noisy.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noisy.length);
    // 12,288 draws: the mean's standard error is 0.115, the deviation's 0.08.
    expect(Math.abs(mean - 128)).toBeLessThan(0.5);
    expect(Math.abs(deviation - 0.05 * 255)).toBeLessThan(0.4);
  });

  it('cut-out covers about its share with the mean colour', () => {
    const pixels = randomPixels(64);
    const cut = apply(pixels, { type: 'cutout', area: [0.1, 0.1] });
    const changed = cut.filter((value, i) => value !== pixels[i]).length / cut.length;
    expect(changed).toBeGreaterThan(0.07);
    expect(changed).toBeLessThan(0.13);
  });
});

describe('weather', () => {
  const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
  const spread = (pixels: Uint8Array): number => {
    const centre = mean(pixels);
    return Math.sqrt(mean(Array.from(pixels, (value) => (value - centre) ** 2)));
  };

  it('night is darker', () => {
    const pixels = flat(32, 150, 150, 150);
    expect(mean(apply(pixels, { type: 'night', darkness: [0.7, 0.7] }))).toBeLessThan(110);
  });

  it('fog takes contrast away', () => {
    const pixels = randomPixels(32);
    expect(spread(apply(pixels, { type: 'fog', density: [0.7, 0.7] }))).toBeLessThan(0.8 * spread(pixels));
  });

  it('rain draws streaks brighter than a dark scene', () => {
    const rainy = apply(flat(64, 20, 20, 20), { type: 'rain', amount: [1, 1] });
    const streaks = rainy.filter((value) => value > 80).length / rainy.length;
    expect(streaks).toBeGreaterThan(0.02);
    expect(streaks).toBeLessThan(0.5);
  });
});

describe('strategies', () => {
  it('none is the identity, in an array of its own', () => {
    const pixels = randomPixels(16);
    const result = augment(pixels, 16, PRESETS.none, stream());
    expect(result).toEqual(pixels);
    expect(result).not.toBe(pixels);
  });

  it.each(['standard', 'strong', 'weather'] as const)(
    '%s gives another picture in every view, the first included',
    (name) => {
      const pixels = randomPixels(32);
      const views = [0, 1, 2, 3].map((view) => augment(pixels, 32, PRESETS[name], stream(view)));
      const different = new Set([pixels, ...views].map((view) => Buffer.from(view).toString('base64')));
      expect(different.size).toBe(5);
    },
  );

  it('overwrites whatever is in the array that it is given for the result', () => {
    const pixels = randomPixels(32);
    const room = randomPixels(32).reverse();
    for (const name of ['none', 'flip', 'standard', 'strong', 'weather'] as const) {
      const result = augment(pixels, 32, PRESETS[name], stream(), room);
      expect(result).toBe(room);
      expect(result).toEqual(augment(pixels, 32, PRESETS[name], stream()));
    }
  });

  it('applies an operation as often as its probability says', () => {
    const strategy = strategyOf([{ type: 'horizontalFlip', probability: 0.3 }]);
    const pixels = randomPixels(4);
    let flipped = 0;
    for (let view = 0; view < 2000; view++) {
      if (augment(pixels, 4, strategy, stream(view))[0] !== pixels[0]) flipped++;
    }
    // Binomial: deviation 0.0102; five of them.
    expect(Math.abs(flipped / 2000 - 0.3)).toBeLessThan(0.051);
  });
});
