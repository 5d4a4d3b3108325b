// How a folder of images is laid out.
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { detectLayout } from '../../../src/app/init/image-layout.js';
import { temporaryFolder } from '../../cli/support.js';

let folder: ReturnType<typeof temporaryFolder>;
afterEach(() => folder.remove());

const detect = (...files: string[]): ReturnType<typeof detectLayout> => {
  folder = temporaryFolder(Object.fromEntries(files.map((file) => [file, 'x'])));
  return detectLayout(folder.path);
};
const at = (path: string): string => join(folder.path, path);

it('is one folder of classes', async () => {
  expect(await detect('cats/1.jpg', 'dogs/1.jpg')).toEqual({ kind: 'folder', folder: folder.path, unused: [] });
});

it('has no class for a link that leads nowhere, or to itself', async () => {
  await detect('cats/1.jpg', 'dogs/1.jpg');
  symlinkSync('nowhere', at('broken'));
  symlinkSync('loop', at('loop'));
  symlinkSync('cats', at('lions'));
  expect(await detectLayout(folder.path)).toMatchObject({ kind: 'folder', folder: folder.path });
});

it.each([
  ['train', 'val', 'test'],
  ['Training', 'Validation', 'Testing'],
  ['train', 'valid', 'holdout'],
])('is splits named %s, %s, %s', async (train, validation, test) => {
  const layout = await detect(`${train}/a/1.jpg`, `${validation}/a/1.jpg`, `${test}/a/1.jpg`);
  expect(layout).toEqual({ kind: 'splits', train: at(train), validation: at(validation), test: at(test) });
});

it('is splits without a test', async () => {
  expect(await detect('train/a/1.jpg', 'dev/a/1.jpg')).toEqual({
    kind: 'splits',
    train: at('train'),
    validation: at('dev'),
  });
});

it('is the training folder where nothing is for validation; the test folder is told of', async () => {
  const layout = await detect('train/a/1.jpg', 'test/a/1.jpg');
  expect(layout).toEqual({ kind: 'folder', folder: at('train'), unused: [at('test')] });
});

it('is found below the folders that archives put around it', async () => {
  const layout = await detect('archive/photos/cats/1.jpg', 'archive/photos/dogs/1.jpg', '__MACOSX/x', '.DS_Store');
  expect(layout).toEqual({ kind: 'folder', folder: at('archive/photos'), unused: [] });
});

it('takes a folder that is named like a split and holds images for a class', async () => {
  const layout = await detect('bus/1.jpg', 'car/1.jpg', 'train/1.jpg');
  expect(layout).toEqual({ kind: 'folder', folder: folder.path, unused: [] });
});

it('is asked for where one folder may be a split or a class', async () => {
  await expect(detect('train/a/1.jpg', 'bus/1.jpg')).rejects.toThrow(
    /'train', which may be a split or a class, beside 'bus'.*--layout classes/,
  );
  expect(await detectLayout(folder.path, 'classes')).toEqual({ kind: 'folder', folder: folder.path, unused: [] });
  expect(await detectLayout(folder.path, 'splits')).toEqual({ kind: 'folder', folder: at('train'), unused: [] });
});

it('is asked for where every folder holds the same folders: sites of classes, not classes', async () => {
  await expect(detect('site0/ants/1.jpg', 'site0/bees/1.jpg', 'site1/ants/1.jpg', 'site1/bees/1.jpg')).rejects.toThrow(
    /'site0' and 'site1', each with the folders 'ants' and 'bees'.*--layout classes/,
  );
  expect(await detectLayout(folder.path, 'classes')).toMatchObject({ kind: 'folder', folder: folder.path });
});

it('is refused where images have no classes', async () => {
  await expect(detect('1.jpg', '2.jpg')).rejects.toThrow('got 2 files without a folder for each class');
});

it('is refused where folders are data sets of their own', async () => {
  await expect(detect('ants/train/a/1.jpg', 'bees/train/a/1.jpg')).rejects.toThrow('ants, which has its own splits');
});

it('is refused where there is no folder', async () => {
  folder = temporaryFolder();
  await expect(detectLayout(at('nowhere'))).rejects.toThrow('expected a folder of images');
});
