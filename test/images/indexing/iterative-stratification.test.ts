// Splits of images with several labels: each part has its share of each label.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { type StratifiedUnit, iterativeStratification } from '../../../src/images/indexing/iterative-stratification.js';

const SHARES = [0.6, 0.2, 0.2];
const LABELS = ['a', 'b', 'c', 'd', 'e'];

/** The rarest label is on about one image in thirty. */
function images(count: number, seed: number): StratifiedUnit[] {
  const random = RandomStream.of('units', seed);
  return Array.from({ length: count }, () => ({
    images: { length: 1 },
    counts: new Map(LABELS.filter((_, k) => random.next() < 0.5 / 2 ** k).map((name) => [name, 1])),
  }));
}

/** Mean over labels and parts of how far the share of a label is from the wished one, in images. */
function deviation(units: readonly StratifiedUnit[], parts: readonly number[]): number {
  const distances = LABELS.flatMap((name) => {
    const total = units.filter(({ counts }) => counts.has(name)).length;
    return SHARES.map((share, part) => {
      const own = units.filter(({ counts }, i) => counts.has(name) && parts[i] === part).length;
      return Math.abs(own - share * total);
    });
  });
  return distances.reduce((sum, one) => sum + one, 0) / distances.length;
}

describe('iterative stratification', () => {
  it('gives each part its share of each label to within an image or two, a third as far as chance', () => {
    for (let seed = 0; seed < 10; seed++) {
      const units = images(200, seed);
      const parts = iterativeStratification(units, SHARES, seed);
      const random = RandomStream.of('chance', seed);
      const chance = units.map(() => (random.next() < 0.6 ? 0 : random.integer(2) + 1));
      expect(deviation(units, parts)).toBeLessThan(1);
      expect(deviation(units, parts)).toBeLessThan(deviation(units, chance) / 2);
      for (const [part, share] of SHARES.entries()) {
        const size = parts.filter((one) => one === part).length;
        expect(Math.abs(size - share * 200)).toBeLessThanOrEqual(4);
      }
    }
  });

  it('gives the rarest label to every part, as far as it goes', () => {
    const rare = { images: { length: 1 }, counts: new Map([['rare', 1]]) };
    const units = [...images(50, 1), rare, rare, rare, rare, rare];
    const parts = iterativeStratification(units, SHARES, 1).slice(50);
    expect(parts.toSorted()).toEqual([0, 0, 0, 1, 2]);
  });

  it('places whole units, the largest first', () => {
    const units = [1, 1, 6, 2].map((size) => ({ images: { length: size }, counts: new Map([['a', size]]) }));
    const parts = iterativeStratification(units, [0.6, 0.4], 3);
    expect(parts[2]).toBe(0);
    expect([parts[0], parts[1], parts[3]]).toEqual([1, 1, 1]);
  });

  it('places images without labels by the sizes of the parts, the same each time', () => {
    const units = Array.from({ length: 20 }, () => ({ images: { length: 1 }, counts: new Map<string, number>() }));
    const parts = iterativeStratification(units, [0.75, 0.25], 5);
    expect(parts.filter((part) => part === 1)).toHaveLength(5);
    expect(iterativeStratification(units, [0.75, 0.25], 5)).toEqual(parts);
  });
});
