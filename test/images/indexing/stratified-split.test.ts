// Splitting one folder: shares, look-alikes and stability.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import type { FoundImage } from '../../../src/images/indexing/look-alikes.js';
import { SPLITS, type Split } from '../../../src/images/indexing/image-index.js';
import { type SplitImages, stratifiedSplit } from '../../../src/images/indexing/stratified-split.js';

/** An image whose content is `content`; equal contents are equal files. */
function image(className: string, name: string, content = `${className}/${name}`): FoundImage {
  const random = RandomStream.of(content);
  const thumbnail = Buffer.from(Uint8Array.from({ length: 72 }, () => random.integer(256))).toString('base64');
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 32);
  return { file: `${className}/${name}`, root: '/x', className, digest, thumbnail };
}

const images = (className: string, count: number): FoundImage[] =>
  Array.from({ length: count }, (_, i) => image(className, String(i)));

const files = ({ splits }: SplitImages, split: Split): string[] => splits[split].map(({ file }) => file).sort();

describe('shares', () => {
  it('hold in every class', () => {
    const split = stratifiedSplit([...images('a', 100), ...images('b', 20)], { validation: 0.2, test: 0.1 }, 7);
    const counts = SPLITS.map((name) =>
      ['a', 'b'].map((c) => split.splits[name].filter((i) => i.className === c).length),
    );
    expect(counts).toEqual([
      [70, 14],
      [20, 4],
      [10, 2],
    ]);
  });

  it('use every image once', () => {
    const all = [...images('a', 31), ...images('b', 17)];
    const split = stratifiedSplit(all, { validation: 0.25, test: 0.25 }, 7);
    expect(SPLITS.flatMap((name) => files(split, name)).sort()).toEqual(all.map(({ file }) => file).sort());
  });

  it('give each split at least one image of a small class', () => {
    const split = stratifiedSplit([...images('a', 3), ...images('b', 3)], { validation: 0.01, test: 0.01 }, 7);
    expect(SPLITS.map((name) => split.splits[name].length)).toEqual([2, 2, 2]);
  });

  it('are refused where a class has too few images', () => {
    expect(() => stratifiedSplit(images('rare', 1), { validation: 0.2, test: 0 }, 7)).toThrow(
      "expected at least 2 readable images of class 'rare'",
    );
  });

  it.each([
    [0, 0],
    [1, 0],
    [0.6, 0.4],
    [NaN, 0],
    [0.5, -0.1],
  ])('of %d and %d are refused', (validation, test) => {
    expect(() => stratifiedSplit(images('a', 9), { validation, test }, 7)).toThrow(
      'expected data.validationSplit above 0',
    );
  });
});

describe('stability', () => {
  const shares = { validation: 0.2, test: 0.2 };

  it('ignores the order and names of files', () => {
    const all = images('a', 40);
    const renamed = all.map((one, i) => ({ ...one, file: `a/${99 - i}.png` })).reverse();
    const digests = (split: SplitImages): string[] => split.splits.validation.map(({ digest }) => digest).sort();
    expect(digests(stratifiedSplit(renamed, shares, 7))).toEqual(digests(stratifiedSplit(all, shares, 7)));
  });

  it('moves few images when some are added, and none between validation and test', () => {
    const before = stratifiedSplit(images('a', 100), shares, 7);
    const after = stratifiedSplit(images('a', 110), shares, 7);
    const moved = files(before, 'validation').filter((file) => !files(after, 'validation').includes(file));
    expect(moved.length).toBeLessThanOrEqual(10);
    expect(files(before, 'validation').filter((file) => files(after, 'test').includes(file))).toEqual([]);
    expect(files(before, 'test').filter((file) => files(after, 'validation').includes(file))).toEqual([]);
  });

  it('changes with the seed', () => {
    const all = images('a', 40);
    expect(files(stratifiedSplit(all, shares, 8), 'validation')).not.toEqual(
      files(stratifiedSplit(all, shares, 7), 'validation'),
    );
  });
});

describe('look-alikes', () => {
  it('stay together', () => {
    const copies = images('a', 20).flatMap((one) => [one, image('a', `copy-of-${one.file}`, one.file)]);
    const split = stratifiedSplit(copies, { validation: 0.3, test: 0.2 }, 7);
    const homes = new Map<string, Set<Split>>();
    for (const name of SPLITS) {
      for (const { digest } of split.splits[name]) homes.set(digest, (homes.get(digest) ?? new Set()).add(name));
    }
    expect([...homes.values()].every((home) => home.size === 1)).toBe(true);
    expect(SPLITS.map((name) => split.splits[name].length)).toEqual([20, 12, 8]);
    expect(split.warnings).toEqual([]);
  });

  it('are parted, with a warning, where a class has nothing else', () => {
    const same = Array.from({ length: 6 }, (_, i) => image('a', String(i), 'same'));
    const split = stratifiedSplit(same, { validation: 0.5, test: 0 }, 7);
    expect(split.splits.validation.length).toBe(3);
    expect(split.warnings).toEqual([expect.stringContaining("class 'a' are in different splits")]);
  });
});
