// The cache of decoded images: what it keeps, what it gives up, what it reads once.
import { expect, it } from 'vitest';
import { PixelCache } from '../../src/images/study-images.js';
import { ARRAY_OVERHEAD } from '../../src/system/array-cache.js';

/** What one of these images takes in memory. */
const IMAGE = 12 + ARRAY_OVERHEAD;

/** A reader of 12-byte images that counts its reads. */
function counting(): { read: (source: object, size: number) => Promise<Uint8Array>; reads: string[] } {
  const reads: string[] = [];
  const read = (source: object, size: number): Promise<Uint8Array> => {
    reads.push((source as { path: string }).path);
    return Promise.resolve(new Uint8Array(size * size * 3));
  };
  return { read, reads };
}

const image = (name: string): { digest: string; source: { type: 'file'; path: string } } => ({
  digest: `digest of ${name}`,
  source: { type: 'file', path: name },
});

it('the pixel cache reads an image once', async () => {
  const { read, reads } = counting();
  const cache = new PixelCache(10 * IMAGE, { read });
  const first = await cache.pixels(image('a'), 2);
  expect(await cache.pixels(image('a'), 2)).toBe(first);
  expect(reads).toEqual(['a']);
  expect(cache.bytes).toBe(IMAGE);
});

it('the pixel cache keeps sizes and ways of resizing apart', async () => {
  const { read, reads } = counting();
  const cache = new PixelCache(10 * IMAGE, { read });
  await cache.pixels(image('a'), 2);
  await cache.pixels(image('a'), 3);
  await cache.pixels(image('a'), 2, 'pad');
  expect(reads.length).toBe(3);
});

it('the pixel cache evicts the least recently used image', async () => {
  const { read, reads } = counting();
  const cache = new PixelCache(2 * IMAGE, { read });
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.pixels(image(name), 2);
  expect(reads).toEqual(['a', 'b', 'c', 'b']);
  expect(cache.bytes).toBe(2 * IMAGE);
});

it('the pixel cache holds no image that exceeds its budget', async () => {
  const { read, reads } = counting();
  const cache = new PixelCache(IMAGE - 1, { read });
  await cache.pixels(image('a'), 2);
  await cache.pixels(image('a'), 2);
  expect(reads.length).toBe(2);
  expect(cache.bytes).toBe(0);
});

it('concurrent readers of an image share one read', async () => {
  const { read, reads } = counting();
  const cache = new PixelCache(10 * IMAGE, { read });
  await Promise.all([1, 2, 3].map(() => cache.pixels(image('a'), 2)));
  expect(reads).toEqual(['a']);
});

it('a read that failed is tried again', async () => {
  let fails = true;
  const read = (): Promise<Uint8Array> =>
    fails ? Promise.reject(new Error('torn')) : Promise.resolve(new Uint8Array(12));
  const cache = new PixelCache(10 * IMAGE, { read });
  await expect(cache.pixels(image('a'), 2)).rejects.toThrow('torn');
  fails = false;
  expect((await cache.pixels(image('a'), 2)).length).toBe(12);
});
