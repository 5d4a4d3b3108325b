// Images as trials see them: decoded once, read ahead, and never the array that all share.
import { expect, it } from 'vitest';
import { PRESETS } from '../../src/images/augmentation/strategy.js';
import type { ImageIndex } from '../../src/images/indexing/image-index.js';
import { PixelCache, StudyImages } from '../../src/images/study-images.js';

const SIZE = 4;
const VIEW = { split: 'train', strategy: 'none', number: 0 } as const;

/** Images of a, b and c, whose pixels are all 1, 2 and 3; what is torn cannot be read. */
function images(torn?: string): { images: StudyImages; reads: string[] } {
  const entries = ['a', 'b', 'c'].map((file, label) => ({ file, label, digest: file }));
  const splits = { train: entries, validation: [], test: [] };
  const origin = { type: 'folders', roots: { train: '/', validation: '/', test: '/' } } as const;
  const index: ImageIndex = { classes: ['a', 'b', 'c'], splits, origin, skipped: [], warnings: [], digest: '' };
  const reads: string[] = [];
  const cache = new PixelCache(1e6, {
    read: async (source) => {
      const { path } = source as { path: string };
      reads.push(path);
      if (path === torn) throw new Error('torn');
      return new Uint8Array(SIZE * SIZE * 3).fill(1 + ['/a', '/b', '/c'].indexOf(path));
    },
  });
  return { images: new StudyImages(index, SIZE, 'crop', 1, PRESETS, cache), reads };
}

it('an image that was decoded ahead is not decoded again, and nothing is decoded beyond the last', async () => {
  const { images: some, reads } = images();
  some.readAhead(VIEW, 1);
  some.readAhead(VIEW, 3);
  expect(reads).toEqual(['/b']);
  expect((await some.pixels(VIEW, 1))[0]).toBe(2);
  expect(reads).toEqual(['/b']);
});

it('an image that cannot be read is an error for its reader, and not when it is decoded ahead', async () => {
  const { images: some } = images('/c');
  some.readAhead(VIEW, 2);
  await new Promise(setImmediate);
  await expect(some.pixels(VIEW, 2)).rejects.toThrow('torn');
});

it('pixels may be written to, in new memory or in an array that the caller gives', async () => {
  const { images: some } = images();
  const first = await some.pixels(VIEW, 0);
  expect(first.buffer).toBeInstanceOf(ArrayBuffer);
  first.fill(99);
  const into = new Uint8Array(SIZE * SIZE * 3);
  expect(await some.pixels(VIEW, 0, into)).toBe(into);
  expect(into[0]).toBe(1);
});
