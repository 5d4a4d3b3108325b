// Indexing: what is found, what is refused and what is warned of.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { SPLITS, type ImageIndex, sourceOf } from '../../../src/images/indexing/image-index.js';
import type { IndexOptions } from '../../../src/images/indexing/image-data.js';
import { indexImages } from '../../../src/images/indexing/index-images.js';
import { readPixels } from '../../../src/images/pixels.js';
import { PictureFolder, patches } from './picture-folder.js';

const three = { train: 'train', validation: 'val', test: 'test' };
const options = (folder: PictureFolder, seed = 1): IndexOptions => ({ directory: folder.path, seed });

/** train and val, each with three cats and three dogs, no two pictures alike. */
async function pets(): Promise<PictureFolder> {
  const folder = await PictureFolder.create();
  let number = 0;
  for (const split of ['train', 'val']) {
    for (const name of ['cats', 'dogs']) {
      await folder.fill(`${split}/${name}`, number, 3);
      number += 3;
    }
  }
  return folder;
}

const pair = { train: 'train', validation: 'val' };

describe('a folder per split', () => {
  it('lists classes and files in order', async () => {
    await using folder = await pets();
    const index = await indexImages(pair, options(folder));
    expect(index.classes).toEqual(['cats', 'dogs']);
    expect(index.splits.train.map(({ file, label }) => [file, label])).toEqual([
      ['cats/0.png', 0],
      ['cats/1.png', 0],
      ['cats/2.png', 0],
      ['dogs/3.png', 1],
      ['dogs/4.png', 1],
      ['dogs/5.png', 1],
    ]);
    expect(index.splits.validation.length).toBe(6);
    expect(index.splits.test).toEqual([]);
    expect(index.warnings).toEqual([]);
    expect(index.skipped).toEqual([]);
  });

  it('is plain JSON whose entries can be read', async () => {
    await using folder = await pets();
    const index = JSON.parse(JSON.stringify(await indexImages(pair, options(folder)))) as ImageIndex;
    const entry = index.splits.validation[0];
    expect(entry).toBeDefined();
    if (entry !== undefined) expect((await readPixels(sourceOf(index, 'validation', entry), 8)).length).toBe(192);
  });

  it('has a digest that follows content and labels, not the place', async () => {
    await using folder = await pets();
    const before = await indexImages(pair, options(folder));
    await rename(join(folder.path, 'train'), join(folder.path, 'elsewhere'));
    const moved = await indexImages({ ...pair, train: 'elsewhere' }, options(folder, 2));
    expect(moved.digest).toBe(before.digest);
    await folder.fill('val/dogs', 90, 1);
    expect((await indexImages({ ...pair, train: 'elsewhere' }, options(folder))).digest).not.toBe(before.digest);
  });

  it('passes over hidden files, follows folders within a class, names what is no image', async () => {
    await using folder = await pets();
    await folder.write('train/cats/.hidden.png', 'x');
    await folder.write('train/__MACOSX/cats/x.png', 'x');
    await folder.write('train/cats/notes.txt', 'about cats');
    await folder.write('train/cats/scan.ppm', 'P6');
    await folder.write('train/cats/Thumbs.db', 'x');
    await folder.write('train/readme.md', '# cats');
    await folder.fill('train/cats/indoors/sleeping', 20, 1);
    const index = await indexImages(pair, options(folder));
    expect(index.splits.train.map(({ file }) => file)).toContain('cats/indoors/sleeping/20.png');
    expect(index.splits.train.length).toBe(7);
    expect(index.skipped.map(({ file, reason }) => [file.slice(folder.path.length + 1), reason])).toEqual([
      ['train/cats/notes.txt', 'not an image by its name'],
      ['train/cats/scan.ppm', '.ppm is not read: convert it to PNG or JPEG'],
      ['train/readme.md', 'outside any class folder: move it into one'],
    ]);
    expect(index.warnings).toEqual([
      expect.stringMatching(/^1 file not used, not an image by its name: .*notes\.txt$/),
      expect.stringMatching(/^1 file not used, \.ppm is not read: convert it to PNG or JPEG: .*scan\.ppm$/),
      expect.stringMatching(/^1 file not used, outside any class folder: move it into one: .*readme\.md$/),
    ]);
  });

  it('takes folders whose names differ in their Unicode form alone for one class, in every split', async () => {
    await using folder = await pets();
    await folder.fill('train/caf\u00e9', 70, 2);
    await folder.fill('train/cafe\u0301', 72, 1);
    await folder.fill('val/cafe\u0301', 74, 1);
    const index = await indexImages(pair, options(folder));
    expect(index.classes).toContain('caf\u00e9');
    expect(index.classes).toHaveLength(3);
    const label = index.classes.indexOf('caf\u00e9');
    expect(index.splits.train.filter((entry) => entry.label === label)).toHaveLength(3);
    expect(index.splits.validation.filter((entry) => entry.label === label)).toHaveLength(1);
  });

  it('names images of a single colour', async () => {
    await using folder = await pets();
    const blank = sharp({ create: { width: 80, height: 60, channels: 3, background: '#202020' } });
    await folder.write('train/cats/blank.png', await blank.png().toBuffer());
    const { warnings } = await indexImages(pair, options(folder));
    expect(warnings).toEqual([expect.stringMatching(/^1 image of one colour: .*blank\.png$/)]);
  });

  it('follows links to class folders and survives a loop of links', async () => {
    await using folder = await pets();
    await rename(join(folder.path, 'train/dogs'), join(folder.path, 'dogs-elsewhere'));
    await symlink(join(folder.path, 'dogs-elsewhere'), join(folder.path, 'train/dogs'));
    await symlink(join(folder.path, 'train/cats'), join(folder.path, 'train/cats/again'));
    const index = await indexImages(pair, options(folder));
    expect(index.splits.train.length).toBe(6);
  });

  it('takes no other class for its own by a link upwards', async () => {
    await using folder = await pets();
    await symlink('..', join(folder.path, 'train/cats/up'));
    const index = await indexImages(pair, options(folder));
    expect(index.splits.train.length).toBe(6);
    expect(index.splits.train.filter(({ file }) => file.includes('up'))).toEqual([]);
  });

  it('names what is neither a file nor a folder, and a link to nowhere', async () => {
    await using folder = await pets();
    execFileSync('mkfifo', [join(folder.path, 'train/cats/pipe.png')]);
    await symlink('nowhere.png', join(folder.path, 'train/cats/lost.png'));
    const index = await indexImages({ ...pair, maxCorruptShare: 0.1 }, options(folder));
    expect(index.skipped).toEqual([
      { file: join(folder.path, 'train/cats/pipe.png'), reason: 'neither a file nor a folder' },
      { file: join(folder.path, 'train/cats/lost.png'), reason: 'no such file' },
    ]);
  });

  it('reads files without an extension', async () => {
    await using folder = await pets();
    await folder.write('train/cats/n02085620', await patches(50).png().toBuffer());
    const index = await indexImages(pair, options(folder));
    expect(index.splits.train.map(({ file }) => file)).toContain('cats/n02085620');
  });
});

describe('corrupt files', () => {
  const spoil = async (folder: PictureFolder): Promise<void> => {
    const whole = await patches(60).jpeg().toBuffer();
    await folder.write('train/cats/half.jpg', whole.subarray(0, whole.length >> 1));
  };

  it('are named and skipped up to the share that is tolerated', async () => {
    await using folder = await pets();
    await spoil(folder);
    const index = await indexImages({ ...pair, maxCorruptShare: 0.1 }, options(folder));
    expect(index.splits.train.length).toBe(6);
    expect(index.skipped).toEqual([
      {
        file: join(folder.path, 'train/cats/half.jpg'),
        reason: expect.stringMatching(/premature end|truncated/) as string,
      },
    ]);
    expect(index.warnings[0]).toMatch(/^1 file not used, .*(premature end|truncated)/);
    expect(index.warnings[0]).toContain('half.jpg');
  });

  it('are listed in an error above it', async () => {
    await using folder = await pets();
    await spoil(folder);
    await expect(indexImages(pair, options(folder))).rejects.toMatchObject({
      code: 'ERR_DATA',
      message: expect.stringMatching(
        /at most 5 % unreadable .* got 1 of 13:\n.*half\.jpg: .*(premature end|truncated)/,
      ) as string,
    });
  });

  it('include text named as a picture', async () => {
    await using folder = await pets();
    await folder.write('val/dogs/letter.jpg', 'Dear dog');
    const index = await indexImages({ ...pair, maxCorruptShare: 0.5 }, options(folder));
    expect(index.skipped.map(({ file }) => file)).toEqual([join(folder.path, 'val/dogs/letter.jpg')]);
  });
});

describe('refusals', () => {
  const refuses = (message: RegExp): object => ({
    code: 'ERR_DATA',
    message: expect.stringMatching(message) as string,
  });

  it('of a folder that is not there', async () => {
    await using folder = await pets();
    await expect(indexImages({ train: 'nowhere', validation: 'val' }, options(folder))).rejects.toMatchObject(
      refuses(/at data\.train, got no such folder: .*nowhere/),
    );
  });

  it('of a file in place of a folder', async () => {
    await using folder = await pets();
    await folder.write('list.txt', '');
    await expect(indexImages({ train: 'train', validation: 'list.txt' }, options(folder))).rejects.toMatchObject(
      refuses(/at data\.validation, got a file/),
    );
  });

  it('of one class', async () => {
    await using folder = await PictureFolder.create();
    await folder.fill('all/cats', 0, 4);
    await expect(indexImages({ folder: 'all', validationSplit: 0.5 }, options(folder))).rejects.toMatchObject(
      refuses(/at least 2 class folders .* got 'cats' alone/),
    );
  });

  it('of the folder above the splits, whose names it takes for what they are', async () => {
    await using folder = await pets();
    await expect(indexImages({ folder: '.', validationSplit: 0.5 }, options(folder))).rejects.toMatchObject(
      refuses(/got splits \(train, val\): set data\.train/),
    );
  });

  it('of classes that differ between splits', async () => {
    await using folder = await pets();
    await folder.fill('val/birds', 70, 1);
    await rename(join(folder.path, 'val/dogs'), join(folder.path, 'val/puppies'));
    await expect(indexImages(pair, options(folder))).rejects.toMatchObject(
      refuses(/data\.validation as in data\.train, but it lacks 'dogs' and also has 'birds', 'puppies'/),
    );
  });

  it('of an empty class', async () => {
    await using folder = await pets();
    await folder.write('test/cats/why.txt', '');
    await folder.fill('test/dogs', 80, 1);
    await expect(indexImages(three, options(folder))).rejects.toMatchObject(
      refuses(/every class in data\.test, got none of 'cats'.*1 file skipped, such as .*why\.txt/),
    );
  });

  it('of one folder for two splits', async () => {
    await using folder = await pets();
    await expect(indexImages({ train: 'train', validation: './train/' }, options(folder))).rejects.toMatchObject(
      refuses(/for data\.train and data\.validation: use data\.folder/),
    );
  });
});

describe('warnings', () => {
  it('of imbalance', async () => {
    await using folder = await PictureFolder.create();
    await folder.fill('train/cats', 0, 22);
    await folder.fill('train/dogs', 30, 2);
    await folder.fill('val/cats', 40, 1);
    await folder.fill('val/dogs', 50, 1);
    const { warnings } = await indexImages(pair, options(folder));
    expect(warnings).toEqual([expect.stringContaining("imbalanced: 22 of 'cats', 2 of 'dogs'")]);
  });

  it('of a recompressed copy in another split', async () => {
    await using folder = await pets();
    await folder.write(
      'val/cats/copy.jpg',
      await sharp(await patches(1).png().toBuffer())
        .resize(50, 44)
        .jpeg({ quality: 60 })
        .toBuffer(),
    );
    const { warnings } = await indexImages(pair, options(folder));
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toMatch(
      /^1 pair of near-identical images across train and validation.*train\/cats\/1\.png and .*val\/cats\/copy\.jpg/,
    );
  });

  it('of one picture under two labels', async () => {
    await using folder = await pets();
    await folder.write('train/dogs/cat.png', await readFile(join(folder.path, 'train/cats/0.png')));
    const { warnings } = await indexImages(pair, options(folder));
    expect(warnings).toEqual([expect.stringContaining('1 pair of identical images with different labels')]);
  });
});

describe('the cache', () => {
  it('spares decoding, and is not fooled by a file that changed', async () => {
    await using folder = await pets();
    const cached = { ...options(folder), cacheFile: join(folder.path, 'cache/images.json') };
    const first = await indexImages(pair, cached);
    expect(await indexImages(pair, cached)).toEqual(first);
    await folder.write('train/cats/0.png', await patches(99).png().toBuffer());
    const changed = await indexImages(pair, cached);
    expect(changed.digest).not.toBe(first.digest);
    expect(changed).toEqual(await indexImages(pair, options(folder)));
  });

  it('that cannot be written is a warning, not the end', async () => {
    await using folder = await pets();
    await folder.write('occupied', '');
    const index = await indexImages(pair, { ...options(folder), cacheFile: join(folder.path, 'occupied/images.json') });
    expect(index.splits.train.length).toBe(6);
    expect(index.warnings).toEqual([expect.stringContaining('could not be cached for the next run')]);
  });

  it('is made anew where it is damaged', async () => {
    await using folder = await pets();
    const cached = { ...options(folder), cacheFile: join(folder.path, 'images.json') };
    const first = await indexImages(pair, cached);
    const written = await readFile(cached.cacheFile, 'utf8');
    const lines = written.split('\n').sort();
    expect(lines.length).toBe(14); // the version, a line for each image, and the end
    for (const damaged of ['{"version":2,"files":[["tr', written.slice(0, -50), `${written}[]\n`, '']) {
      await writeFile(cached.cacheFile, damaged);
      expect((await indexImages(pair, cached)).digest).toBe(first.digest);
      expect((await readFile(cached.cacheFile, 'utf8')).split('\n').sort()).toEqual(lines);
    }
  });
});

it('reports progress', async () => {
  await using folder = await pets();
  const seen: string[] = [];
  await indexImages(pair, { ...options(folder), onProgress: (done, total) => seen.push(`${done}/${total}`) });
  expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `${i + 1}/12`));
});

const shared = '../shared/data';
describe.skipIf(!existsSync(shared))('real photographs (skipped where ../shared is absent)', () => {
  it('indexes ants and bees without a complaint', async () => {
    const data = { train: `${shared}/ants-bees/train`, validation: `${shared}/ants-bees/val` };
    const index = await indexImages(data, { directory: '.', seed: 1 });
    expect(index.classes).toEqual(['ants', 'bees']);
    expect(SPLITS.map((split) => index.splits[split].length)).toEqual([245, 153, 0]);
    expect(index.warnings).toEqual([]);
  });

  it('finds the one X-ray that is in two splits, and no other', async () => {
    const folder = `${shared}/chest-xray`;
    const data = { train: `${folder}/train`, validation: `${folder}/val`, test: `${folder}/test` };
    const index = await indexImages(data, { directory: '.', seed: 1 });
    expect(index.warnings).toEqual([
      expect.stringMatching(/^the names suggest 232 groups of images, .*102 groups in several splits.*"groupBy"/),
      expect.stringMatching(/^1 pair of near-identical .*person1261_virus_2148.*person1261_virus_2147/),
    ]);
  });
});
