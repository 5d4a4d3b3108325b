// The images of a study that an earlier version began: its split stays as it was.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { indexStudyImages } from '../../../src/app/setup/index-study-images.js';
import type { ImageIndex } from '../../../src/images/indexing/image-index.js';
import { indexImages } from '../../../src/images/indexing/index-images.js';
import { PictureFolder, patches } from '../../images/indexing/picture-folder.js';

const data = { folder: 'pets', validationSplit: 0.4, testSplit: 0, resize: 'crop', maxCorruptShare: 0.05 } as const;
let folder: PictureFolder;
let before: ImageIndex;

beforeAll(async () => {
  folder = await PictureFolder.create();
  process.env['HPO_CACHE'] = `${folder.path}/cache`;
  await folder.fill('pets/cats', 0, 8);
  await folder.fill('pets/dogs', 20, 8);
  // Brightened, with highlights cut off: near-identical by the second rule alone.
  for (let i = 0; i < 8; i++) {
    const copy = patches(i).linear(1.15, 0);
    await folder.write(`pets/cats/bright-${i}.png`, await copy.png().toBuffer());
  }
  before = await indexImages(data, { directory: folder.path, seed: 3, rule: 1 });
});
afterAll(async () => {
  delete process.env['HPO_CACHE'];
  await folder[Symbol.asyncDispose]();
});

const parted = ({ splits }: ImageIndex): number => {
  const validation = new Set(splits.validation.map(({ file }) => file));
  const copies = [...splits.train, ...splits.validation].filter(({ file }) => file.includes('bright-'));
  return copies.filter(({ file }) => validation.has(file) !== validation.has(file.replace('bright-', ''))).length;
};

it('a study that begins now keeps brightened copies together', async () => {
  const now = await indexStudyImages({ data, directory: folder.path, seed: 3 });
  expect(parted(now)).toBe(0);
  expect(parted(before)).toBeGreaterThan(0);
});

it('a study that an earlier version began keeps its split, also with warm caches', async () => {
  const options = { data, directory: folder.path, seed: 3, known: before.digest };
  expect((await indexStudyImages(options)).digest).toBe(before.digest);
  expect((await indexStudyImages(options)).splits).toEqual(before.splits);
});

it('images that are none of the known ones are split by the newest rule', async () => {
  const now = await indexStudyImages({ data, directory: folder.path, seed: 3 });
  const other = await indexStudyImages({ data, directory: folder.path, seed: 3, known: 'another' });
  expect(other.digest).toBe(now.digest);
});
