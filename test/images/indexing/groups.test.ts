// Groups: never on both sides of a split, and classes shared out as evenly as groups allow.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { groupSplit } from '../../../src/images/indexing/group-split.js';
import { checkGroupsApart, groupFacts, withGroups } from '../../../src/images/indexing/groups.js';
import { type Split, SPLITS } from '../../../src/images/indexing/image-index.js';
import type { FoundImage } from '../../../src/images/indexing/look-alikes.js';
import { suspectedGroups } from '../../../src/images/indexing/suspected-groups.js';

/** An image unlike all others. */
function image(file: string, className: string, group?: string): FoundImage {
  const random = RandomStream.of('image', file);
  const thumbnail = Buffer.from(Uint8Array.from({ length: 72 }, () => random.integer(256))).toString('base64');
  return { root: '/x', file, className, digest: file, thumbnail, ...(group === undefined ? {} : { group }) };
}

/** Groups of these sizes and classes. */
function grouped(sizes: readonly (readonly [size: number, className: string])[]): FoundImage[] {
  return sizes.flatMap(([size, className], group) =>
    Array.from({ length: size }, (_, i) => image(`${className}/p${group}_${i}.png`, className, `p${group}`)),
  );
}

const count = (images: readonly FoundImage[], className: string): number =>
  images.filter((one) => one.className === className).length;

describe('a split of groups', () => {
  it('never divides a group, loses no image, and gives each split every class', () => {
    const group = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom('a', 'b'));
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 40 }), fc.nat(), fc.boolean(), (sizes, seed, hasTest) => {
        const images = grouped([...sizes, [2, 'a'], [1, 'a'], [1, 'a'], [3, 'b'], [1, 'b'], [1, 'b']]);
        const shares = { validation: 0.2, test: hasTest ? 0.15 : 0 };
        const { splits } = groupSplit(images, shares, seed);
        expect(
          SPLITS.flatMap((split) => splits[split])
            .map(({ file }) => file)
            .sort(),
        ).toEqual(images.map(({ file }) => file).sort());
        expect(() => checkGroupsApart(splits, '')).not.toThrow();
        for (const split of hasTest ? SPLITS : (['train', 'validation'] as const)) {
          expect(count(splits[split], 'a')).toBeGreaterThan(0);
          expect(count(splits[split], 'b')).toBeGreaterThan(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('shares classes out evenly where groups are small', () => {
    const random = RandomStream.of('sizes');
    const sizes = Array.from({ length: 300 }, (_, i) => [1 + random.integer(6), i % 4 === 0 ? 'a' : 'b'] as const);
    const images = grouped(sizes);
    const { splits, warnings } = groupSplit(images, { validation: 0.2, test: 0.1 }, 5);
    for (const className of ['a', 'b']) {
      const total = count(images, className);
      expect(count(splits.validation, className) / total).toBeCloseTo(0.2, 1);
      expect(count(splits.test, className) / total).toBeCloseTo(0.1, 1);
    }
    expect(warnings).toEqual([]);
  });

  it('is the same for the same seed, whatever the order of the images, and another for another seed', () => {
    const images = grouped(Array.from({ length: 60 }, (_, i) => [1 + (i % 3), i % 2 === 0 ? 'a' : 'b'] as const));
    const files = (some: readonly FoundImage[], seed: number): string[] =>
      groupSplit(some, { validation: 0.2, test: 0 }, seed)
        .splits.validation.map(({ file }) => file)
        .sort();
    expect(files(images.toReversed(), 3)).toEqual(files(images, 3));
    expect(files(images, 4)).not.toEqual(files(images, 3));
  });

  it('keeps look-alikes with the group that they resemble', () => {
    const images = grouped(Array.from({ length: 40 }, (_, i) => [2, i % 2 === 0 ? 'a' : 'b'] as const));
    const twin = { ...image('a/twin.png', 'a'), thumbnail: images[0]?.thumbnail ?? '' };
    for (let seed = 0; seed < 10; seed++) {
      const { splits } = groupSplit([...images, twin], { validation: 0.3, test: 0.2 }, seed);
      const where = (file: string): Split | undefined => SPLITS.find((one) => splits[one].some((x) => x.file === file));
      expect(where('a/twin.png')).toBe(where('a/p0_0.png'));
    }
  });

  it('is refused where a class has fewer groups than there are splits', () => {
    const images = grouped([
      [5, 'a'],
      [4, 'a'],
      [9, 'b'],
    ]);
    expect(() => groupSplit(images, { validation: 0.2, test: 0 }, 1)).toThrow(
      "expected at least 2 groups with images of class 'b', one for each split, got 1",
    );
  });

  it('is refused where no division gives every split every class', () => {
    // a: p0, p1; b: p1, p2; c: p0, p2. Of three groups, one is alone in its split and lacks a class.
    const classes = [
      ['a', 'c'],
      ['a', 'b'],
      ['b', 'c'],
    ];
    const images = classes.flatMap((names, p) => names.map((name) => image(`${name}/p${p}.png`, name, `p${p}`)));
    expect(() => groupSplit(images, { validation: 0.2, test: 0 }, 1)).toThrow(
      /^expected groups of which each split can have images of every class, got none of class '[abc]' for (train|validation): /,
    );
  });

  it('takes a group of more images than a call has room for arguments', () => {
    const one = image('a/p0_0.png', 'a', 'p0');
    const many = Array.from({ length: 200_000 }, (_, i) => ({ ...one, file: `a/p0_${i}.png` }));
    const others = grouped([
      [1, 'b'],
      [1, 'b'],
      [1, 'a'],
    ]).map((other) => ({ ...other, group: `x${other.group ?? ''}` }));
    const { splits } = groupSplit([...many, ...others], { validation: 0.2, test: 0 }, 1);
    expect(splits.train.length + splits.validation.length).toBe(200_003);
    expect(groupFacts(splits, 'data.groupBy', 0)[0]).toContain('the largest has 200000 images');
  });

  it('says where large groups make a split smaller or larger than wished', () => {
    const images = grouped([
      [50, 'a'],
      [50, 'a'],
      [50, 'b'],
      [50, 'b'],
    ]);
    expect(groupSplit(images, { validation: 0.1, test: 0 }, 1).warnings).toContain(
      'validation has 50 % of the images in place of 10 %: groups are not divided',
    );
  });
});

describe('groups by a pattern', () => {
  const images = ['a/person1_x_1.png', 'a/person1_x_2.png', 'b/person2_x_1.png', 'b/other.png'].map((file) =>
    image(file, file.slice(0, 1)),
  );

  it('are what it captures; an image that it does not match is alone', () => {
    const { images: found, unmatched } = withGroups(images, '(person\\d+)_');
    expect(found.map(({ group }) => group)).toEqual(['person1', 'person1', 'person2', undefined]);
    expect(unmatched).toBe(1);
    const facts = groupFacts({ train: found.slice(0, 2), validation: found.slice(2), test: [] }, 'data.groupBy', 1);
    expect(facts).toEqual([
      'groups by data.groupBy: 1 train, 1 validation; the largest has 2 images; 1 image in no group, each on its own',
    ]);
  });

  it('are refused where it matches nothing, with an example', () => {
    expect(() => withGroups(images, 'patient\\d+')).toThrow(
      "expected paths that match 'patient\\d+' at data.groupBy, got none, such as 'a/person1_x_1.png'",
    );
  });

  it('are found in linear time by a pattern that backtracks for ever elsewhere', () => {
    const long = image(`a/${'a'.repeat(5000)}!.png`, 'a');
    expect(() => withGroups([long], '(a+)+$')).toThrow('got none');
  });

  it('that cross given splits are refused, with names and files', () => {
    const [a, b] = withGroups(images, '(person\\d+)_').images;
    expect(() =>
      checkGroupsApart(
        { train: a === undefined ? [] : [a], validation: b === undefined ? [] : [b], test: [] },
        'move them',
      ),
    ).toThrow(
      "expected each group in one split, got 1 group in several: move them\n  'person1': train: /x/a/person1_x_1.png, validation: /x/a/person1_x_2.png",
    );
  });
});

describe('groups that nobody named', () => {
  const split = (files: readonly string[], inValidation: (i: number) => boolean): Record<Split, FoundImage[]> => ({
    train: files.filter((_, i) => !inValidation(i)).map((file) => image(file, 'a')),
    validation: files.filter((_, i) => inValidation(i)).map((file) => image(file, 'a')),
    test: [],
  });
  const persons = Array.from({ length: 60 }, (_, i) => `a/person${i >> 1}_virus_${i}.jpg`);

  it('are suspected by their names where they are in several splits, with the field for them', () => {
    const [warning = '', ...others] = suspectedGroups(split(persons, (i) => i % 4 === 1));
    expect(others).toEqual([]);
    expect(warning).toContain('30 groups of images');
    expect(warning).toContain('15 groups in several splits');
    expect(warning).toContain('"groupBy": "(person\\\\d+)[-_ .]" in data');
  });

  it('are not suspected where no group is in two splits, or groups are named', () => {
    expect(suspectedGroups(split(persons, (i) => i >= 40))).toEqual([]);
    const { train, validation } = split(persons, (i) => i % 4 === 1);
    expect(suspectedGroups({ train: train.map((one) => ({ ...one, group: one.file })), validation, test: [] })).toEqual(
      [],
    );
  });

  it('are suspected with a pattern of their words, where other names have numbers too', () => {
    const others = Array.from({ length: 200 }, (_, i) => `a/NORMAL2-IM-${i}-1.jpg`);
    const [warning = ''] = suspectedGroups(split([...persons, ...others], (i) => i % 4 === 1));
    expect(warning).toContain('"groupBy": "(person\\\\d+)[-_ .]" in data');
  });

  it.each([
    ['numbered pictures', (i: number) => `a/img_${i}.jpg`],
    ['a class and a number', (i: number) => `a/cat.${i}.jpg`],
    ['random names', (i: number) => `a/${(i * 7919) % 1000}_${(i * 104729).toString(16)}.jpg`],
    ['one word for all', (i: number) => `a/NORMAL2-IM-${i}.jpg`],
  ])('are not suspected in %s', (_, name) => {
    expect(
      suspectedGroups(
        split(
          Array.from({ length: 200 }, (_, i) => name(i)),
          (i) => i % 4 === 1,
        ),
      ),
    ).toEqual([]);
  });

  it.each([
    ['series with a running number', (i: number) => `a/IM-${1000 + (i >> 2)}-${i % 4}.jpg`, 'IM-1000'],
    ['folders within a class', (i: number) => `a/tom${i >> 2}/${i}x.jpg`, 'tom0'],
  ])('are suspected in %s', (_, name, example) => {
    const [warning = ''] = suspectedGroups(
      split(
        Array.from({ length: 200 }, (_, i) => name(i)),
        (i) => i % 4 === 1,
      ),
    );
    expect(warning).toContain(`such as '${example}' (4 images)`);
  });

  it('are suspected with a pattern that finds the same groups', () => {
    for (const name of [
      (i: number) => `a/person${i >> 1}_virus_${i}.jpg`,
      (i: number) => `a/IM-${1000 + (i >> 2)}-${i % 4}.jpg`,
      (i: number) => `a/tom${i >> 2}/${i}x.jpg`,
    ]) {
      const splits = split(
        Array.from({ length: 100 }, (_, i) => name(i)),
        (i) => i % 4 === 1,
      );
      const [warning = ''] = suspectedGroups(splits);
      const pattern: unknown = JSON.parse(/"groupBy": (".*") in data/.exec(warning)?.[1] ?? '""');
      const { images, unmatched } = withGroups([...splits.train, ...splits.validation], String(pattern));
      expect(unmatched).toBe(0);
      const groups = new Set(images.map(({ group }) => group)).size;
      expect(warning).toContain(`the names suggest ${groups} groups`);
    }
  });
});
