// hpo init names the images that cannot be read, whatever split they are in.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type WrittenStudy, initStudy } from '../../../src/app/init-study.js';
import { PictureFolder, patches } from '../../images/indexing/picture-folder.js';

const truncated = async (): Promise<Buffer> => (await patches(1).jpeg().toBuffer()).subarray(0, 400);
/** The begin of a HEIC file, and nothing after it. */
const HEIC = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');

const init = async (folder: PictureFolder, images: string): Promise<{ file: string; notes: string }> => {
  const out = join(folder.path, 'study.json');
  const { file, notes } = await initStudy({ images: join(folder.path, images), backbone: 'quicknet', out });
  return { file, notes: notes.join('\n') };
};

it('names a HEIC and a JPEG that cannot be decoded, and how many there are', async () => {
  await using folder = await PictureFolder.create();
  await folder.fill('train/cats', 0, 30);
  await folder.fill('train/dogs', 30, 30);
  await folder.fill('val/cats', 60, 10);
  await folder.fill('val/dogs', 70, 10);
  await folder.write('train/cats/phone.heic', HEIC);
  await folder.write('val/dogs/half.jpg', await truncated());
  const { notes } = await init(folder, '.');
  expect(notes).toMatch(/1 file not used, .*phone\.heic/);
  expect(notes).toMatch(/1 file not used, .*half\.jpg/);
});

it('writes the study also where so many are damaged that it cannot run, and says which', async () => {
  await using folder = await PictureFolder.create();
  await folder.fill('photos/cats', 0, 20);
  await folder.fill('photos/dogs', 20, 20);
  for (let i = 0; i < 5; i++) await folder.write(`photos/dogs/half${i}.jpg`, await truncated());
  const { file, notes } = await init(folder, 'photos');
  expect(existsSync(file)).toBe(true);
  expect(notes).toContain('The study cannot run yet: expected at most 5 % unreadable images');
  for (let i = 0; i < 5; i++) expect(notes).toContain(`half${i}.jpg`);
});

it('names rows of a table whose files are missing or damaged', async () => {
  await using folder = await PictureFolder.create();
  await folder.fill('photos', 0, 60);
  await folder.write('photos/60.png', await truncated());
  const rows = Array.from({ length: 62 }, (_, i) => `photos/${i}.png,${i % 2 === 0 ? 'cat' : 'dog'}`);
  await folder.write('labels.csv', ['file,label', ...rows, ''].join('\n'));
  const { notes } = await init(folder, 'labels.csv');
  expect(notes).toMatch(/1 file not used, no such file: .*61\.png/);
  expect(notes).toMatch(/1 file not used, .*60\.png/);
});

it('tells of the file before the images are opened, and stops where it is asked to', async () => {
  await using folder = await PictureFolder.create();
  await folder.fill('photos/cats', 0, 20);
  await folder.fill('photos/dogs', 20, 20);
  const out = join(folder.path, 'study.json');
  const abort = new AbortController();
  const written: WrittenStudy[] = [];
  const onWritten = (study: WrittenStudy): void => {
    expect(existsSync(study.file)).toBe(true);
    written.push(study);
    abort.abort(new Error('enough'));
  };
  const options = { images: join(folder.path, 'photos'), backbone: 'quicknet', out, onWritten };
  await expect(initStudy({ ...options, signal: abort.signal })).rejects.toThrow('enough');
  expect(written).toEqual([{ file: out, notes: expect.any(Array) as string[] }]);
  expect(existsSync(out)).toBe(true);
});

it('writes nothing where it was stopped before', async () => {
  await using folder = await PictureFolder.create();
  await folder.fill('photos/cats', 0, 20);
  await folder.fill('photos/dogs', 20, 20);
  const out = join(folder.path, 'study.json');
  const images = join(folder.path, 'photos');
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(initStudy({ images, backbone: 'quicknet', out, signal })).rejects.toThrow('enough');
  expect(existsSync(out)).toBe(false);
});

it('says nothing of images that can all be read', async () => {
  await using folder = await PictureFolder.create();
  await folder.fill('photos/cats', 0, 20);
  await folder.fill('photos/dogs', 20, 20);
  expect((await init(folder, 'photos')).notes).not.toMatch(/not used|cannot run/);
});
