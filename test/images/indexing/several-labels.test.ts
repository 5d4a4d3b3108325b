// Tables with several labels an image: columns of 0 and 1, lists, what is refused, and how the images are split.
import { describe, expect, it } from 'vitest';
import type { ImageData } from '../../../src/images/indexing/image-data.js';
import { type ImageIndex, labelsOf } from '../../../src/images/indexing/image-index.js';
import { indexImages } from '../../../src/images/indexing/index-images.js';
import { PictureFolder } from './picture-folder.js';

type Labels = Extract<ImageData, { table: string }>['labels'];

/** Twelve pictures, photos/0.png … photos/11.png, and a table. */
async function indexOf(table: string, labels: Labels, name = 'labels.csv', more: object = {}): Promise<ImageIndex> {
  await using folder = await PictureFolder.create();
  await folder.fill('photos', 0, 12);
  await folder.write(name, table);
  const data = { table: name, images: 'photos', validationSplit: 0.25, labels, ...more };
  return await indexImages(data, { directory: folder.path, seed: 1 });
}

/** The names of each image's labels by file. */
function found({ classes, splits }: ImageIndex): Record<string, string> {
  const entries = [...splits.train, ...splits.validation, ...splits.test];
  return Object.fromEntries(
    entries.map((entry) => [
      entry.file,
      labelsOf(entry)
        .map((label) => classes[label])
        .join('+'),
    ]),
  );
}

const rows = (row: (i: number) => string): string => Array.from({ length: 12 }, (_, i) => `${row(i)}\n`).join('');
/** Image i has a boat where i is even, a car where 3 divides it; 1, 5, 7 and 11 have none. */
const names = (i: number): string[] => [...(i % 2 === 0 ? ['boat'] : []), ...(i % 3 === 0 ? ['car'] : [])];
const expected = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i}.png`, names(i).join('+')]));
const list = (separator: string): string => `file,tags\n${rows((i) => `${i}.png,${names(i).join(separator)}`)}`;

describe('a table of several labels', () => {
  it.each<[string, string, string]>([
    ['1 and 0', '1', '0'],
    ['true and false', 'True', 'FALSE'],
    ['yes and nothing', 'yes', ''],
    ['floats of pandas', '1.0', '0.0'],
  ])('has a column of %s for each', async (_, yes, no) => {
    const cell = (has: boolean): string => (has ? yes : no);
    const table = `file,car,boat\n${rows((i) => `${i}.png,${cell(i % 3 === 0)},${cell(i % 2 === 0)}`)}`;
    const index = await indexOf(table, ['boat', 'car']);
    expect(index).toMatchObject({ task: 'multilabel', classes: ['boat', 'car'], warnings: [] });
    expect(found(index)).toEqual(expected);
    expect(index.facts?.[0]).toContain("labels 'boat' and 'car'");
    expect(index.facts?.at(-1)).toBe('labels an image: 0.83 on average; 4 of 12 have none');
  });

  it.each([
    ['|', "separated by '|' (guessed)"],
    [';', "separated by ';' (guessed)"],
    [' ', "separated by ' ' (guessed)"],
  ])('has a column of lists with %s between them, and says what was guessed', async (separator, fact) => {
    const index = await indexOf(list(separator), {});
    expect(found(index)).toEqual(expected);
    expect(index.facts?.[1]).toContain(fact);
  });

  it('has lists with a separator that is named, and a word for none', async () => {
    const table = `file,what\n${rows((i) => `${i}.png,${names(i).join('/') || 'No Finding'}`)}`;
    const index = await indexOf(table, { column: 'what', separator: '/', none: 'No Finding' });
    expect(found(index)).toEqual(expected);
  });

  it.each([
    ['JSON', (own: string[]) => JSON.stringify(own).replaceAll('"', '""')],
    ['Python', (own: string[]) => `[${own.map((name) => `'${name}'`).join(', ')}]`],
  ])('has lists as %s writes them', async (_, write) => {
    const index = await indexOf(`file,labels\n${rows((i) => `${i}.png,"${write(names(i))}"`)}`, {});
    expect(found(index)).toEqual(expected);
    expect(index.facts?.[1]).toContain('lists in brackets (guessed)');
  });

  it('has lists of JSON lines', async () => {
    const index = await indexOf(
      rows((i) => JSON.stringify({ file: `${i}.png`, labels: i === 1 ? null : names(i) })),
      {},
      'labels.jsonl',
    );
    expect(found(index)).toEqual(expected);
  });

  it('takes spellings in two Unicode forms for one label, and names those that differ in case', async () => {
    const table = `file,tags\n${rows((i) => `${i}.png,${['caf\u00e9', i % 2 === 0 ? 'cafe\u0301' : 'Boat', i % 3 === 0 ? 'boat' : ''].join('|')}`)}`;
    const index = await indexOf(table, { separator: '|' });
    expect(index.classes).toEqual(['Boat', 'boat', 'caf\u00e9']);
    expect(index.warnings.join('\n')).toMatch(/another Unicode form[^]*differs from 'boat' in line 2 in case alone/);
  });

  it('finds a column of the other Unicode form', async () => {
    const table = `file,cafe\u0301,boat\n${rows((i) => `${i}.png,${i % 2},${Number(i % 3 === 0)}`)}`;
    expect((await indexOf(table, ['caf\u00e9', 'boat'])).classes).toEqual(['boat', 'caf\u00e9']);
  });

  it('gives the same index as columns and as lists', async () => {
    const columns = `file,boat,car\n${rows((i) => `${i}.png,${Number(i % 2 === 0)},${Number(i % 3 === 0)}`)}`;
    expect((await indexOf(columns, ['car', 'boat'])).digest).toBe((await indexOf(list(';'), {})).digest);
  });

  it.each<[string, string, Labels, RegExp]>([
    [
      'a cell that is neither yes nor no',
      `file,boat,car\n${rows((i) => `${i}.png,1,${i === 4 ? 'maybe' : 0}`)}`,
      ['boat', 'car'],
      /line 6, column 'car': expected 1, 0, true, false, yes, no or nothing, got 'maybe'/,
    ],
    [
      'uncertain labels',
      `file,boat,car\n${rows((i) => `${i}.png,1,${i === 4 ? '-1.0' : 0}`)}`,
      ['boat', 'car'],
      /got '-1.0': numbers to predict \(regression\) and uncertain labels are not supported/,
    ],
    [
      'a column that is missing',
      `file,boat\n${rows((i) => `${i}.png,1`)}`,
      ['boat', 'cars'],
      /a column 'cars' \(data.labels\)/,
    ],
    [
      'a label twice',
      `file,boat,car\n${rows((i) => `${i}.png,1,1`)}`,
      ['boat', 'boat'],
      /each label once in data.labels/,
    ],
    [
      'cells with one label each',
      `file,tags\n${rows((i) => `${i}.png,${i % 2 === 0 ? 'a' : 'b'}`)}`,
      {},
      /column 'tags': expected cells with several labels[^]*data.columns.label in place of data.labels/,
    ],
    [
      'a label that nobody has',
      `file,boat,car\n${rows((i) => `${i}.png,${i % 2},0`)}`,
      ['boat', 'car'],
      /every label in the train rows of labels.csv, got none with 'car'/,
    ],
    [
      'rows that contradict each other',
      `${list('|')}0.png,car\n`,
      {},
      /line 14, column 'tags': expected 'boat, car' for '0.png' as in line 2, got 'car'/,
    ],
    [
      'no labels at all',
      `file,boat,car\n${rows((i) => `${i}.png,0,0`)}`,
      ['boat', 'car'],
      /every label in the train rows/,
    ],
  ])('is refused for %s', async (_, table, labels, message) => {
    await expect(indexOf(table, labels)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_DATA', message: expect.stringMatching(message) }),
    );
  });

  it('keeps groups, and equal images, in one split', async () => {
    const grouped = `file,patient,boat,car\n${rows((i) => `${i}.png,p${i % 6},${Number(i % 2 === 0)},${Number(i % 3 !== 0)}`)}`;
    const { splits } = await indexOf(grouped, ['boat', 'car']);
    const patients = (split: keyof ImageIndex['splits']): number[] =>
      splits[split].map(({ file }) => parseInt(file) % 6);
    expect(patients('train').filter((one) => patients('validation').includes(one))).toEqual([]);
    expect(splits.validation.length).toBeGreaterThan(0);
  });
});

describe('labels that are quantities', () => {
  it('are refused where they are not whole', async () => {
    await using folder = await PictureFolder.create();
    await folder.fill('photos', 0, 12);
    await folder.write('labels.csv', `file,label\n${rows((i) => `${i}.png,${(i / 7).toFixed(3)}`)}`);
    const data = { table: 'labels.csv', images: 'photos', validationSplit: 0.25 };
    await expect(indexImages(data, { directory: folder.path, seed: 1 })).rejects.toThrow(
      /expected names of classes, got 12 different numbers such as '0.143': numbers to predict \(regression\) and ordered classes are not supported/,
    );
  });
});

describe('another domain with several labels an image', () => {
  const rowsOf = list('|');
  const columns = { column: 'tags', separator: '|' };

  it('has unlabelled images, which need none', async () => {
    const index = await indexOf(rowsOf, columns, 'labels.csv', { target: { unlabelled: 'photos' } });
    expect(index.target?.splits.targetUnlabelled).toHaveLength(12);
    expect(found(index)).toEqual(expected);
  });

  it.each(['validation', 'test'])('refuses labelled ones, since a folder names one class: %s', async (name) => {
    await expect(indexOf(rowsOf, columns, 'labels.csv', { target: { [name]: 'photos' } })).rejects.toThrow(
      `expected no folder at data.target.${name}, since each image of the study has several labels`,
    );
  });
});
