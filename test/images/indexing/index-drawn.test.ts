// Drawn images behave like a folder.
import { expect, it } from 'vitest';
import { FAMILY_CLASSES } from '../../../src/images/drawn/drawn-data.js';
import { type ImageEntry, type ImageIndex, sourceOf } from '../../../src/images/indexing/image-index.js';
import { indexImages } from '../../../src/images/indexing/index-images.js';
import { readPixels } from '../../../src/images/pixels.js';

const options = { directory: '/nowhere', seed: 1 };
const drawn = { family: 'traffic-signs', perClass: { train: 3, validation: 2, test: 1 } } as const;

it('have an index with every class in every split', async () => {
  const index = await indexImages({ drawn }, options);
  expect(index.classes).toEqual(FAMILY_CLASSES['traffic-signs']);
  for (const [split, count] of [
    ['train', 3],
    ['validation', 2],
    ['test', 1],
  ] as const) {
    const labels = index.splits[split].map(({ label }) => label);
    expect(labels).toEqual(index.classes.flatMap((_, label) => new Array<number>(count).fill(label)));
  }
});

it('are all different', async () => {
  const { splits } = await indexImages({ drawn }, options);
  const digests = [...splits.train, ...splits.validation, ...splits.test].map(({ digest }) => digest);
  expect(new Set(digests).size).toBe(48);
});

it('can be read after a journey through JSON', async () => {
  const index = JSON.parse(JSON.stringify(await indexImages({ drawn }, options))) as ImageIndex;
  const pixels = await readPixels(sourceOf(index, 'validation', index.splits.validation[5] as ImageEntry), 24);
  expect(pixels.length).toBe(24 * 24 * 3);
});

it('of validation stay the same with more training images', async () => {
  const few = await indexImages({ drawn }, options);
  const many = await indexImages({ drawn: { ...drawn, perClass: { ...drawn.perClass, train: 50 } } }, options);
  expect(many.splits.validation).toEqual(few.splits.validation);
});

it('do not depend on the seed of the study but on their own', async () => {
  const index = await indexImages({ drawn }, options);
  expect((await indexImages({ drawn }, { ...options, seed: 2 })).digest).toBe(index.digest);
  expect((await indexImages({ drawn: { ...drawn, seed: 2 } }, options)).digest).not.toBe(index.digest);
});

it.each([
  [{ perClass: { train: 0, validation: 2 } }, 'data.drawn.perClass.train'],
  [{ perClass: { train: 3, validation: 1.5 } }, 'data.drawn.perClass.validation'],
  [{ difficulty: 1.2 }, 'data.drawn.difficulty'],
  [{ family: 'faces' as 'pictograms' }, 'data.drawn.family'],
])('refuse %j', async (change, place) => {
  await expect(indexImages({ drawn: { ...drawn, ...change } }, options)).rejects.toMatchObject({
    code: 'ERR_DATA',
    message: expect.stringContaining(place) as string,
  });
});

it('of another domain have other weather, other instances and a digest of their own', async () => {
  const target = { weather: ['night'], perClass: { unlabelled: 2, validation: 1 } } as const;
  const index = await indexImages({ drawn: { ...drawn, weather: ['clear'] }, target }, options);
  const { targetUnlabelled, targetValidation, targetTest } = index.target?.splits ?? {};
  expect(targetUnlabelled?.map(({ label }) => label)).toEqual(new Array<number>(16).fill(-1));
  expect(targetValidation?.map(({ label }) => label)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(targetTest).toEqual([]);
  expect(index.digest).not.toBe((await indexImages({ drawn: { ...drawn, weather: ['clear'] } }, options)).digest);
});

it('of one weather are of that weather alone, and those without stay as they were', async () => {
  const brightness = async (weather?: readonly ('clear' | 'night')[]): Promise<number> => {
    const index = await indexImages({ drawn: { ...drawn, ...(weather === undefined ? {} : { weather }) } }, options);
    let sum = 0;
    for (const entry of index.splits.train) {
      for (const value of await readPixels(sourceOf(index, 'train', entry), 16)) sum += value;
    }
    return sum;
  };
  const [clear, night, any] = [await brightness(['clear']), await brightness(['night']), await brightness()];
  expect(night).toBeLessThan(0.6 * clear);
  expect(any).toBeGreaterThan(night);
});
