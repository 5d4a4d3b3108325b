// Near-identical images: found by the index of bands exactly where comparing all pairs finds them.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { type LikenessRule, nearIdenticalPairs } from '../../../src/images/indexing/look-alikes.js';

const base64 = (thumbnail: Uint8Array): string => Buffer.from(thumbnail).toString('base64');

function randomThumbnail(...identity: (string | number)[]): Uint8Array {
  const random = RandomStream.of(...identity);
  return Uint8Array.from({ length: 72 }, () => 20 + random.integer(200));
}

it('finds a copy with a little noise among a thousand strangers', () => {
  const strangers = Array.from({ length: 1000 }, (_, i) => randomThumbnail('stranger', i));
  const copy = (strangers[321] as Uint8Array).map((level, i) => level + (i % 3) - 1);
  expect(nearIdenticalPairs([...strangers, copy].map(base64))).toEqual([[321, 1000]]);
});

it('finds a brighter copy', () => {
  const picture = randomThumbnail('picture');
  expect(nearIdenticalPairs([base64(picture), base64(picture.map((level) => level + 25))])).toEqual([[0, 1]]);
});

it('finds a copy of 15 % more contrast whose highlights are cut off, by the second rule alone', () => {
  const picture = randomThumbnail('picture');
  const brighter = picture.map((level) => Math.min(225, Math.round(1.15 * level)));
  const found = (rule: LikenessRule): number => nearIdenticalPairs([base64(picture), base64(brighter)], rule).length;
  expect([found(1), found(2)]).toEqual([0, 1]);
});

it('tells images apart that have one structure and different contrast', () => {
  const picture = randomThumbnail('picture');
  expect(nearIdenticalPairs([base64(picture), base64(picture.map((level) => 80 + level / 3))])).toEqual([]);
});

it('leaves blank images alone', () => {
  const blank = new Uint8Array(72).fill(200);
  expect(nearIdenticalPairs([base64(blank), base64(blank)])).toEqual([]);
});

it.each([1, 2] as const)(
  'agrees with comparing all pairs by rule %i, wherever up to four bits of the hash differ',
  (rule) => {
    fc.assert(
      fc.property(fc.integer(), fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 6 }), (seed, bits) => {
        // Levels of one row alternate by one grey level; turning a pair over changes one bit and hardly the picture.
        const random = RandomStream.of(seed);
        const picture = Uint8Array.from(
          { length: 72 },
          (_, i) => 100 + 12 * (i % 9) * (i < 36 ? 1 : -0.5) + random.integer(3),
        );
        const copy = picture.slice();
        for (const bit of bits) copy[(bit >> 3) * 9 + (bit & 7)] = (copy[(bit >> 3) * 9 + (bit & 7) + 1] ?? 0) + 1;
        const found = nearIdenticalPairs([base64(picture), base64(copy)], rule).length === 1;
        const isLike = rule === 1 ? meanDifference(picture, copy) <= 4 : correlation(picture, copy) ** 2 >= 0.99;
        expect(found).toBe(hamming(picture, copy) <= 4 && isLike);
      }),
    );
  },
);

function hamming(a: Uint8Array, b: Uint8Array): number {
  let different = 0;
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      const at = y * 9 + x;
      const rises = (levels: Uint8Array): boolean => (levels[at] as number) < (levels[at + 1] as number);
      if (rises(a) !== rises(b)) different++;
    }
  }
  return different;
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  const mean = (levels: ArrayLike<number>): number => Array.from(levels).reduce((sum, level) => sum + level, 0) / 72;
  const shift = mean(a) - mean(b);
  return mean(Array.from(a, (level, i) => Math.abs(level - (b[i] as number) - shift)));
}

function correlation(a: Uint8Array, b: Uint8Array): number {
  const mean = (levels: readonly number[]): number => levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const centred = (levels: Uint8Array): number[] => {
    const all = Array.from(levels);
    return all.map((level) => level - mean(all));
  };
  const [x, y] = [centred(a), centred(b)];
  const dot = (p: readonly number[], q: readonly number[]): number => mean(p.map((value, i) => value * (q[i] ?? NaN)));
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}
