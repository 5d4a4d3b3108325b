// Images of another domain in the index: listed without labels, checked like all images, and part of the digest.
import { expect, it } from 'vitest';
import { NO_LABEL, entriesOf, sourceOf } from '../../../src/images/indexing/image-index.js';
import { indexImages } from '../../../src/images/indexing/index-images.js';
import { must } from '../../../src/system/must.js';
import { PictureFolder } from './picture-folder.js';

/** Two classes in train and val, and pictures of another domain: two without a folder, one in a folder, two of one class. */
async function pets(): Promise<PictureFolder> {
  const folder = await PictureFolder.create();
  let number = 0;
  for (const name of ['train/cats', 'train/dogs', 'val/cats', 'val/dogs', 'new', 'new/dogs', 'few/dogs']) {
    await folder.fill(name, number, 2);
    number += 2;
  }
  return folder;
}

const pair = { train: 'train', validation: 'val' };

it('unlabelled images are found at any depth, and no label is read from their folders', async () => {
  await using folder = await pets();
  const options = { directory: folder.path, seed: 1 };
  const index = await indexImages({ ...pair, target: { unlabelled: 'new' } }, options);
  const entries = entriesOf(index, 'targetUnlabelled');
  expect(entries.map(({ file }) => file)).toEqual(['8.png', '9.png', 'dogs/10.png', 'dogs/11.png']);
  expect(entries.every(({ label }) => label === NO_LABEL)).toBe(true);
  expect(sourceOf(index, 'targetUnlabelled', must(entries[2], 'an image'))).toMatchObject({
    path: expect.stringMatching(/new.dogs.10\.png$/) as string,
  });
  const without = await indexImages(pair, options);
  expect(index.splits).toEqual(without.splits);
  expect(index.digest).not.toBe(without.digest);
});

it('labelled images may lack a class, which is said', async () => {
  await using folder = await pets();
  const index = await indexImages({ ...pair, target: { validation: 'few' } }, { directory: folder.path, seed: 1 });
  expect(entriesOf(index, 'targetValidation').map(({ label }) => label)).toEqual([1, 1]);
  expect(index.warnings.join()).toContain('data.target.validation has no image of 1 class (cats)');
});

it('files that are no images are named, and too many of them are an error', async () => {
  await using folder = await pets();
  await folder.write('new/broken.png', 'no picture');
  await folder.write('new/notes.txt', 'not an image');
  const target = { unlabelled: 'new' };
  const options = { directory: folder.path, seed: 1 };
  const index = await indexImages({ ...pair, target, maxCorruptShare: 0.5 }, options);
  expect(index.skipped.map(({ file }) => file.replace(/.*\//, '')).toSorted()).toEqual(['broken.png', 'notes.txt']);
  expect(index.warnings.join()).toContain('notes.txt');
  await expect(indexImages({ ...pair, target, maxCorruptShare: 0 }, options)).rejects.toThrow('broken.png');
});

it.each([
  [{ unlabelled: 'nowhere' }, 'expected a folder of images at data.target.unlabelled, got no such folder'],
  [{ validation: 'nowhere' }, 'data.target.validation, got no such folder'],
  [{ test: 'mixed' }, "among those of the training images (cats, dogs) in data.target.test, got 'birds'"],
  [{ unlabelled: 'empty' }, 'expected images at data.target.unlabelled, got none'],
])('%j: %s', async (target, message) => {
  await using folder = await pets();
  await folder.fill('mixed/birds', 90, 1);
  await folder.write('empty/notes.txt', 'nothing here');
  await expect(indexImages({ ...pair, target }, { directory: folder.path, seed: 1 })).rejects.toThrow(message);
});

it('images that judge and that were adapted to are told', async () => {
  await using folder = await pets();
  const target = { unlabelled: 'few', validation: 'few' };
  const index = await indexImages({ ...pair, target }, { directory: folder.path, seed: 1 });
  expect(index.warnings.join()).toContain('2 images of data.target.validation are also trained on or adapted to');
});
