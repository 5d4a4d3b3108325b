// The file of inspections: whatever is in its place, the images are looked at anew.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InspectionCache } from '../../../src/images/indexing/inspection-cache.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'hpo-inspections-'))));
afterEach(() => rm(folder, { recursive: true }));

it('reads what it wrote, and nothing of a damaged file', async () => {
  const [file, image] = [join(folder, 'inspections'), join(folder, 'a.png')];
  await writeFile(image, 'no image');
  const first = await InspectionCache.open(file);
  const found = await first.inspect(image);
  expect(found.readable).toBe(false);
  await first.save();
  const text = await readFile(file, 'utf8');
  // What is remembered is told, not what the image has.
  const lines = text.trim().split('\n');
  const [, line = ''] = lines;
  const told = JSON.stringify([...(JSON.parse(line) as string[]).slice(0, 2), 'remembered']);
  await writeFile(file, `${lines[0]}\n${told}\n`);
  expect(await (await InspectionCache.open(file)).inspect(image)).toEqual({ readable: false, reason: 'remembered' });
  await writeFile(file, `${lines[0]}\n${told}\n[`);
  expect(await (await InspectionCache.open(file)).inspect(image)).toEqual(found);
});

it('after work that was stopped keeps what it knew of images that were not asked for', async () => {
  const file = join(folder, 'inspections');
  const images = ['a.png', 'b.png', 'c.png'].map((name) => join(folder, name));
  for (const image of images) await writeFile(image, 'no image');
  const [a = '', b = '', c = ''] = images;
  const first = await InspectionCache.open(file);
  for (const image of [a, b]) await first.inspect(image);
  await first.save();
  const stopped = await InspectionCache.open(file);
  for (const image of [b, c]) await stopped.inspect(image);
  await stopped.save({ isComplete: false });
  const listed = async (): Promise<string[]> =>
    (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => (JSON.parse(line) as [string])[0]);
  expect((await listed()).toSorted()).toEqual(images);
  const whole = await InspectionCache.open(file);
  for (const image of [b, c]) await whole.inspect(image);
  await whole.save();
  expect((await listed()).toSorted()).toEqual([b, c]);
});

it.skipIf(process.platform === 'win32')('does not wait for a named pipe', async () => {
  const [file, image] = [join(folder, 'inspections'), join(folder, 'a.png')];
  execFileSync('mkfifo', [file]);
  await writeFile(image, '');
  const cache = await InspectionCache.open(file);
  expect(await cache.inspect(image)).toEqual({ readable: false, reason: 'empty file' });
});
