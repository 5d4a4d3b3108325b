// Folders of small pictures for tests.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { RandomStream } from '../../../src/math/random.js';

/** A folder that is gone after the test: `await using folder = await PictureFolder.create()`. */
export class PictureFolder {
  private constructor(readonly path: string) {}

  static async create(): Promise<PictureFolder> {
    return new PictureFolder(await mkdtemp(join(tmpdir(), 'hpo-pictures-')));
  }

  async write(file: string, content: Uint8Array | string): Promise<string> {
    const path = join(this.path, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  /** Pictures `<folder>/<first>.png` …, each unlike the others: their number is their content. */
  async fill(folder: string, first: number, count: number): Promise<void> {
    for (let i = first; i < first + count; i++)
      await this.write(`${folder}/${i}.png`, await patches(i).png().toBuffer());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** A picture of soft random patches, 72 × 64; each number has its own. */
export function patches(number: number): Sharp {
  const random = RandomStream.of('patches', number);
  const small = Uint8Array.from({ length: 4 * 3 * 3 }, () => random.integer(256));
  return sharp(small, { raw: { width: 4, height: 3, channels: 3 } }).resize(72, 64, { kernel: 'cubic' });
}

/** A picture whose left half is red and whose right half is blue. */
export function redAndBlue(width: number, height: number): Sharp {
  const blue = { create: { width: width / 2, height, channels: 3 as const, background: '#0000ff' } };
  return sharp({ create: { width, height, channels: 3, background: '#ff0000' } }).composite([
    { input: blue, left: width / 2, top: 0 },
  ]);
}
