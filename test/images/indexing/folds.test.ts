// Folds: groups and look-alikes together, every class in every part, all images outside of the test.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldIndex, foldIndexes } from '../../../src/images/fold-index.js';
import { foldsOf, inOneFolder } from '../../../src/images/indexing/folds.js';
import { indexImages } from '../../../src/images/indexing/index-images.js';
import type { FoundImage } from '../../../src/images/indexing/look-alikes.js';
import { RandomStream } from '../../../src/math/random.js';

/** An image unlike all others. */
function image(file: string, className: string, group?: string): FoundImage {
  const random = RandomStream.of('image', file);
  const thumbnail = Buffer.from(Uint8Array.from({ length: 72 }, () => random.integer(256))).toString('base64');
  return { root: '/x', file, className, digest: file, thumbnail, ...(group === undefined ? {} : { group }) };
}

const many = (count: number, className: string): FoundImage[] =>
  Array.from({ length: count }, (_, i) => image(`${className}/${i}.png`, className));

describe('foldsOf', () => {
  it('never divides a group, and gives each part every class', () => {
    const group = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('a', 'b'));
    const sizes = fc.array(group, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.integer({ min: 2, max: 5 }), (groups, seed, folds) => {
        const least = ['a', 'b'].flatMap((name) => Array.from({ length: folds }, () => [1, name] as const));
        const images = [...groups, ...least].flatMap(([size, name], g) =>
          Array.from({ length: size }, (_, i) => image(`${name}/g${g}_${i}.png`, name, `g${g}`)),
        );
        const [parts = []] = foldsOf(images, { folds, repeats: 1 }, seed);
        const placeOf = new Map<string | undefined, number | undefined>();
        images.forEach(({ group: name }, i) => {
          expect(placeOf.get(name) ?? parts[i]).toBe(parts[i]);
          placeOf.set(name, parts[i]);
        });
        for (let part = 0; part < folds; part++) {
          const classes = new Set(images.filter((_, i) => parts[i] === part).map(({ className }) => className));
          expect(classes).toEqual(new Set(['a', 'b']));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is stratified: classes differ by one image between parts at most', () => {
    const images = [...many(43, 'a'), ...many(17, 'b')];
    const [parts = []] = foldsOf(images, { folds: 5, repeats: 1 }, 3);
    for (const name of ['a', 'b']) {
      const counts = [0, 1, 2, 3, 4].map(
        (part) => images.filter(({ className }, i) => className === name && parts[i] === part).length,
      );
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });

  it('keeps near-identical images together', () => {
    const images = [...many(20, 'a'), ...many(20, 'b')].map((one, i) =>
      i % 20 === 7 ? { ...one, digest: 'same' } : one,
    );
    const [parts = []] = foldsOf(images, { folds: 4, repeats: 1 }, 1);
    expect(parts[27]).toBe(parts[7]);
  });

  it('follows from the seed and the images, whatever their order, and differs between repeats', () => {
    const images = [...many(20, 'a'), ...many(20, 'b')];
    const folds = foldsOf(images, { folds: 4, repeats: 2 }, 1);
    const turned = foldsOf(images.toReversed(), { folds: 4, repeats: 2 }, 1);
    expect(turned.map((parts) => parts.toReversed())).toEqual(folds);
    expect(folds[1]).not.toEqual(folds[0]);
    expect(foldsOf(images, { folds: 4, repeats: 2 }, 2)).not.toEqual(folds);
  });

  it('says which class has too few images for the folds', () => {
    const images = [...many(20, 'a'), ...many(3, 'b')];
    expect(() => foldsOf(images, { folds: 4, repeats: 1 }, 1)).toThrow(
      "expected images of class 'b' for each of 4 folds, got 3 that can be parted",
    );
  });
});

it('images of two folders have names below the one above both', () => {
  const images = [
    { ...image('ants/1.png', 'ants'), root: '/data/train' },
    { ...image('ants/1.png', 'ants'), root: '/data/val' },
  ];
  const { root, images: moved } = inOneFolder(images, '/data/train');
  expect(root).toBe('/data');
  expect(moved.map(({ file }) => file)).toEqual(['train/ants/1.png', 'val/ants/1.png']);
});

describe('an index with folds', () => {
  const drawn = { family: 'pictograms', perClass: { train: 6, validation: 4, test: 2 } } as const;
  const options = { directory: '.', seed: 5 };

  it('has all images outside of the test in its folds, each for validation once', async () => {
    const plain = await indexImages({ drawn }, options);
    const index = await indexImages({ drawn }, { ...options, folds: { folds: 5, repeats: 1 } });
    expect(index.splits.test).toEqual(plain.splits.test);
    expect(index.splits.train).toHaveLength(plain.splits.train.length + plain.splits.validation.length);
    expect(index.splits.validation).toEqual([]);
    expect(index.digest).not.toBe(plain.digest);
    const held = [0, 1, 2, 3, 4].map((part) => foldIndex(index, { repeat: 0, part }).splits);
    for (const { train, validation } of held) expect(train.length + validation.length).toBe(index.splits.train.length);
    expect(held.flatMap(({ validation }) => validation.map(({ file }) => file)).sort()).toEqual(
      index.splits.train.map(({ file }) => file).sort(),
    );
    expect(foldIndexes(index).map(({ splits }) => splits)).toEqual(held);
  });

  it('without folds it is as it was', async () => {
    expect(await indexImages({ drawn }, { ...options, folds: undefined })).toEqual(
      await indexImages({ drawn }, options),
    );
  });
});
