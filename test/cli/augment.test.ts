// hpo augment: the sheet shows what trials see.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hpo, temporaryFolder } from './support.js';

const SIDE = 64;
const study = {
  data: { drawn: { family: 'traffic-signs', perClass: { train: 2, validation: 2 } } },
  backbone: { name: 'quicknet', inputSize: SIDE },
  augmentations: { dark: [{ type: 'brightness', factor: [0, 0] }] },
  space: { augmentation: { type: 'choice', values: ['none', 'flip', 'dark'] } },
};

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder({ 'study.json': study })));
afterEach(() => folder.remove());

const run = (...args: string[]) => hpo('augment', join(folder.path, 'study.json'), ...args);

/** Mean of all values in a square of the sheet. */
async function meanAt(file: string, left: number, top: number): Promise<number> {
  const { data } = await sharp(file)
    .extract({ left, top, width: 16, height: 16 })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}

describe('hpo augment', () => {
  it('draws a row for each image and a column for each view', async () => {
    const out = join(folder.path, 'sheet.png');
    const { code, err } = await run('--out', out, '--strategy', 'dark', '--images', '3', '--views', '2');
    expect(code).toBe(0);
    expect(err).toContain('dark: 3 images, 2 views of each');
    const { width, height } = await sharp(out).metadata();
    // From the right and the bottom: margin, last view of the last image, and the original two tiles before it.
    const [x, y] = [width - 16 - 6 - SIDE / 2, height - 16 - 6 - SIDE / 2];
    expect(await meanAt(out, x, y)).toBe(0);
    expect(await meanAt(out, x - 2 * (SIDE + 6), y)).toBeGreaterThan(5);
  });

  it('shows every strategy that the study may use, save that which does nothing', async () => {
    const { err } = await run('--out', join(folder.path, 'sheet.webp'));
    expect(err).toContain('flip, dark: 4 images, 4 views of each');
  });

  it('draws the same sheet again', async () => {
    const [a, b] = [join(folder.path, 'a.png'), join(folder.path, 'b.png')];
    for (const out of [a, b]) await run('--out', out, '--strategy', 'strong', '--images', '2', '--views', '2');
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
  });

  it.each([
    [['--out', 'sheet.gif'], /ends with .png/],
    [['--out', 'sheet.png', '--strategy', 'nope'], /expected one of none, .*dark at --strategy, got 'nope'/],
    [['--out', 'sheet.png', '--images', '0'], /whole number from 1/],
    [['--out', 'no/such/folder/sheet.png', '--images', '1', '--views', '1'], /expected a writable file for the sheet/],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
