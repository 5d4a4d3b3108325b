// Groups by what cameras wrote into the files.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { indexImages } from '../../../src/images/indexing/index-images.js';
import { inspect } from '../../../src/images/indexing/inspection-cache.js';
import type { ImageIndex } from '../../../src/images/indexing/image-index.js';
import { PictureFolder, patches } from './picture-folder.js';

interface Shot {
  readonly time?: string;
  readonly serial?: string;
}

/** Pictures pets/cats/0.jpg, pets/dogs/1.jpg, …: they take turns. */
async function shots(all: readonly Shot[]): Promise<PictureFolder> {
  const folder = await PictureFolder.create();
  for (const [i, { time, serial }] of all.entries()) {
    const IFD2 = {
      ...(time === undefined ? {} : { DateTimeOriginal: `2020:05:01 ${time}` }),
      ...(serial === undefined ? {} : { BodySerialNumber: serial }),
    };
    const picture = patches(i)
      .jpeg()
      .withExif({ IFD0: { Make: 'Canon', Model: 'EOS 5D' }, IFD2 });
    await folder.write(`pets/${i % 2 === 0 ? 'cats' : 'dogs'}/${i}.jpg`, await picture.toBuffer());
  }
  return folder;
}

const data = { folder: 'pets', validationSplit: 0.3 };
const clock = (second: number): string =>
  `10:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`;
/** Ten series of four, a minute apart, their images three seconds apart. */
const series = Array.from({ length: 40 }, (_, i) => ({ time: clock(60 * Math.floor(i / 4) + 3 * (i % 4)) }));

const numbers = (entries: ImageIndex['splits']['train']): number[] =>
  entries.map(({ file }) => Number(/\d+/.exec(file)?.[0]));

describe('series by the time of the camera', () => {
  it('are suspected where nobody named them, with the field for them', async () => {
    await using folder = await shots(series);
    const cacheFile = join(folder.path, 'cache.json');
    const index = await indexImages(data, { directory: folder.path, seed: 1, cacheFile });
    const [warning = ''] = index.warnings;
    expect(warning).toMatch(
      /^the files have 10 series of images that one camera took within seconds of each other; \d+ of them in several splits/,
    );
    expect(warning).toContain('"groupBy": "exif:series" in data keeps');
    expect((await indexImages(data, { directory: folder.path, seed: 1, cacheFile })).warnings).toEqual(index.warnings);
    expect(await readFile(cacheFile, 'utf8')).toContain('"camera":"Canon EOS 5D"');
  });

  it('are never divided', async () => {
    await using folder = await shots(series);
    for (const seed of [1, 2, 3]) {
      const index = await indexImages({ ...data, groupBy: 'exif:series' }, { directory: folder.path, seed });
      const validation = new Set(numbers(index.splits.validation).map((i) => Math.floor(i / 4)));
      expect(numbers(index.splits.train).filter((i) => validation.has(Math.floor(i / 4)))).toEqual([]);
      expect(validation.size).toBe(3);
      expect(index.facts).toEqual([expect.stringContaining('groups by data.groupBy: 7 train, 3 validation')]);
      expect(index.warnings).toEqual([]);
    }
  });
});

it.each(['jpeg', 'png', 'webp', 'avif'] as const)('what a camera noted is read of a large %s', async (format) => {
  await using folder = await PictureFolder.create();
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const picture = sharp({ create: { width: 400, height: 400, channels: 3, background: '#888888', noise } })
    .withExif({ IFD0: { Make: 'Canon' }, IFD2: { BodySerialNumber: '7', DateTimeOriginal: '1970:01:01 00:01:30' } })
    .toFormat(format, { quality: 100 });
  const path = await folder.write(`a.${format}`, await picture.toBuffer());
  expect((await stat(path)).size).toBeGreaterThan(1 << 16);
  expect(await inspect(path)).toMatchObject({ taken: { camera: 'Canon 7', isOneDevice: true, second: 90 } });
});

it('cameras by their serial numbers are suspected, and are groups', async () => {
  const cameras = Array.from({ length: 36 }, (_, i) => ({ serial: `SN-${i % 9}` }));
  await using folder = await shots(cameras);
  const [warning] = (await indexImages(data, { directory: folder.path, seed: 1 })).warnings;
  expect(warning).toContain('the files have 9 cameras by their serial numbers');
  const index = await indexImages({ ...data, groupBy: 'exif:camera' }, { directory: folder.path, seed: 1 });
  const validation = new Set(numbers(index.splits.validation).map((i) => i % 9));
  expect(numbers(index.splits.train).filter((i) => validation.has(i % 9))).toEqual([]);
});

it('files without such data are refused as groups, and suspected of nothing', async () => {
  await using folder = await shots(Array.from({ length: 12 }, () => ({})));
  expect((await indexImages(data, { directory: folder.path, seed: 1 })).warnings).toEqual([]);
  await expect(indexImages({ ...data, groupBy: 'exif:camera' }, { directory: folder.path, seed: 1 })).rejects.toThrow(
    "expected images with the camera's notes for data.groupBy 'exif:camera', got none",
  );
});

it('damaged data of a camera does not keep an image from being used', async () => {
  await using folder = await shots(Array.from({ length: 12 }, () => ({ time: '10:00:00' })));
  const file = join(folder.path, 'pets/cats/0.jpg');
  const bytes = await readFile(file);
  const at = bytes.indexOf('Exif\0\0');
  bytes.fill(0xff, at + 6, at + 40);
  await writeFile(file, bytes);
  const { splits, skipped } = await indexImages(data, { directory: folder.path, seed: 1 });
  expect(splits.train.length + splits.validation.length).toBe(12);
  expect(skipped).toEqual([]);
});
