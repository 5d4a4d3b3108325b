// Indexing images beside other work: both are done, and an error of either ends the other.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { besideIndexing } from '../../../src/cli/setup/beside-indexing.js';
import type { StudyImagesOptions } from '../../../src/cli/setup/index-study-images.js';
import { PictureFolder } from '../../images/indexing/picture-folder.js';
import { fakeTerminal } from '../support.js';

let folder: PictureFolder;
beforeEach(async () => {
  folder = await PictureFolder.create();
  vi.stubEnv('HPO_CACHE', join(folder.path, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

const { err } = fakeTerminal().terminal;
const images = (): StudyImagesOptions => ({
  data: { folder: 'pets', validationSplit: 0.5, testSplit: 0, resize: 'crop', maxCorruptShare: 0 },
  directory: folder.path,
  seed: 1,
});

it('gives both, and tells when the images are indexed', async () => {
  await folder.fill('pets/cats', 0, 2);
  await folder.fill('pets/dogs', 2, 2);
  const remembered = join(folder.path, 'cache', 'images');
  const [index, isIndexed] = await besideIndexing(images(), err, async ({ quiet }) => {
    await quiet();
    return existsSync(remembered);
  });
  expect(index.classes).toEqual(['cats', 'dogs']);
  expect(isIndexed).toBe(true);
});

it('ends the other work where there are no such images', async () => {
  let ended = false;
  const work = besideIndexing(images(), err, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    ended = true;
  });
  await expect(work).rejects.toThrow('pets');
  expect(ended).toBe(true);
});

it('looks at no more images where the other work fails', async () => {
  await folder.fill('pets/cats', 0, 60);
  await folder.fill('pets/dogs', 60, 60);
  const failing = besideIndexing(images(), err, () => Promise.reject(new Error('no engine')));
  await expect(failing).rejects.toThrow('no engine');
  // What was seen is only remembered when all of it was.
  expect(existsSync(join(folder.path, 'cache', 'images'))).toBe(false);
});
