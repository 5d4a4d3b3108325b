// Tables of labels: which images they give, what is refused, and which lines messages name.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImageData } from '../../../src/images/indexing/image-data.js';
import type { ImageIndex } from '../../../src/images/indexing/image-index.js';
import { indexImages } from '../../../src/images/indexing/index-images.js';
import { PictureFolder } from '../indexing/picture-folder.js';
import { PARQUET_FILES } from '../tables/parquet-files.js';

const data = { table: 'labels.csv', images: 'photos', validationSplit: 0.25 };

/** Eight pictures, photos/0.png … photos/7.png, and a table. */
async function photos(table: string, name = 'labels.csv'): Promise<PictureFolder> {
  const folder = await PictureFolder.create();
  await folder.fill('photos', 0, 8);
  await folder.write(name, table);
  return folder;
}

async function indexOf(table: string, more: Partial<Extract<ImageData, { table: string }>> = {}): Promise<ImageIndex> {
  await using folder = await photos(table);
  return await indexImages({ ...data, ...more }, { directory: folder.path, seed: 1 });
}

/** The lines of the message with which a table is refused. */
async function problemsOf(table: string, more: Partial<Extract<ImageData, { table: string }>> = {}): Promise<string[]> {
  const error: unknown = await indexOf(table, more).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ERR_DATA' });
  return error instanceof Error ? error.message.split('\n').map((line) => line.trim()) : [];
}

/** Rows of eight pictures of two classes. */
const rows = (row: (i: number, label: string) => string): string =>
  Array.from({ length: 8 }, (_, i) => `${row(i, i % 2 === 0 ? 'cat' : 'dog')}\n`).join('');
const plain = `file,label\n${rows((i, label) => `${i}.png,${label}`)}`;

const filesOf = (index: ImageIndex): string[] =>
  [...index.splits.train, ...index.splits.validation, ...index.splits.test].map(({ file }) => file).sort();

describe('a table', () => {
  it('gives classes, labels and a split that is stratified by seed', async () => {
    const index = await indexOf(plain);
    expect(index.classes).toEqual(['cat', 'dog']);
    expect(filesOf(index)).toEqual(Array.from({ length: 8 }, (_, i) => `${i}.png`));
    expect(index.splits.validation.map(({ label }) => label).sort()).toEqual([0, 1]);
    for (const { file, label } of index.splits.train) expect(label).toBe(parseInt(file) % 2);
    expect(index.warnings).toEqual([]);
    expect(index.facts?.[0]).toBe("labels.csv: 8 images; columns: file 'file' (guessed), label 'label' (guessed)");
  });

  it('gives the same index as folders with the same files', async () => {
    await using folder = await PictureFolder.create();
    await folder.fill('photos/cat', 0, 4);
    await folder.fill('photos/dog', 4, 4);
    const lines = Array.from({ length: 8 }, (_, i) => (i < 4 ? `cat/${i}.png,cat` : `dog/${i}.png,dog`));
    await folder.write('labels.csv', `file,label\n${lines.join('\n')}`);
    const options = { directory: folder.path, seed: 3 };
    const ofFolder = await indexImages({ folder: 'photos', validationSplit: 0.25 }, options);
    expect((await indexImages(data, options)).digest).toBe(ofFolder.digest);
  });

  it('begins at its own folder where no folder of images is named', async () => {
    const index = await indexOf(plain.replaceAll(/^(\d)/gm, 'photos/$1'), { images: undefined });
    expect(filesOf(index)[0]).toBe('photos/0.png');
  });

  it('takes columns by their names in the study, and guesses the others', async () => {
    const table = `id,Image Path,kind,Label\n${rows((i, label) => `${i},${i}.png,${label},x${i}`)}`;
    const index = await indexOf(table, { columns: { label: 'kind' } });
    expect(index.classes).toEqual(['cat', 'dog']);
    expect(index.facts?.[0]).toContain("file 'Image Path' (guessed), label 'kind'");
  });

  it('has its own splits', async () => {
    const table = `file,label,split\n${rows((i, label) => `${i}.png,${label},${['Train', 'val', 'testing', 'train'][i >> 1] ?? ''}`)}`;
    const { splits } = await indexOf(table);
    expect([splits.train, splits.validation, splits.test].map((all) => all.map(({ file }) => file))).toEqual([
      ['0.png', '1.png', '6.png', '7.png'],
      ['2.png', '3.png'],
      ['4.png', '5.png'],
    ]);
  });

  it('holds validation out of the training rows where it has none, and leaves the test alone', async () => {
    const table = `file,label,split\n${rows((i, label) => `${i}.png,${label},${i < 2 ? 'test' : 'train'}`)}`;
    const { splits } = await indexOf(table, { validationSplit: 0.34, testSplit: 0.2 });
    expect(splits.test.map(({ file }) => file)).toEqual(['0.png', '1.png']);
    expect(splits.validation.length).toBe(2);
    expect(splits.train.length).toBe(4);
  });

  it('holds the test out of the training rows where it has validation rows alone, with whole groups', async () => {
    const table = `file,label,split,patient\n${rows((i, label) => `${i}.png,${label},${i < 2 ? 'val' : 'train'},p${i}`)}`;
    const { splits } = await indexOf(table, { testSplit: 0.34 });
    expect(splits.validation.map(({ file }) => file)).toEqual(['0.png', '1.png']);
    expect(splits.test.map(({ label }) => label).sort()).toEqual([0, 1]);
    expect(splits.train.length).toBe(4);
    expect((await indexOf(table)).splits.test).toEqual([]);
  });

  it('does not look at a column that the study sets to null', async () => {
    const table = `file,label,split\n${rows((i, label) => `${i}.png,${label},fold ${i}`)}`;
    expect((await problemsOf(table))[0]).toContain('8 problems');
    expect(filesOf(await indexOf(table, { columns: { split: null } })).length).toBe(8);
  });

  it('gives weights to training images, which change the digest', async () => {
    const table = `file,label,weight\n${rows((i, label) => `${i}.png,${label},${i + 0.5}`)}`;
    const index = await indexOf(table);
    for (const { file, weight } of index.splits.train) expect(weight).toBe(parseInt(file) + 0.5);
    expect(index.digest).not.toBe((await indexOf(plain)).digest);
    // It may hold the weight of a person.
    expect(index.warnings).toEqual([
      "labels.csv: column 'weight' is taken for the weights of images in the loss, by its name: confirm it in data.columns.weight, or set that to null",
    ]);
    expect((await indexOf(table, { columns: { weight: 'weight' } })).warnings).toEqual([]);
  });

  it('takes paths with backslashes, dots and spaces around, and absolute ones inside of the folder', async () => {
    await using folder = await photos('');
    const table = `file,label\n.\\0.png,cat\n ./1.png ,dog\nx/../2.png,cat\n${folder.path}/photos/3.png,dog\n4.png,cat\n5.png,dog\n`;
    await folder.write('labels.csv', table);
    const index = await indexImages(data, { directory: folder.path, seed: 1 });
    expect(filesOf(index)).toEqual(['0.png', '1.png', '2.png', '3.png', '4.png', '5.png']);
  });

  it('adds the ending that all its paths lack', async () => {
    const index = await indexOf(`image_id,dx\n${rows((i, label) => `${i},${label}`)}`);
    expect(filesOf(index)[0]).toBe('0.png');
    expect(index.facts?.[1]).toContain('.png');
  });

  it('finds a file whose name is in Unicode’s other form', async () => {
    await using folder = await photos('');
    await folder.fill('photos/e\u0301te\u0301', 20, 1);
    await folder.write('labels.csv', `${plain}\u00e9t\u00e9/20.png,cat\n`);
    const index = await indexImages(data, { directory: folder.path, seed: 1 });
    expect(filesOf(index)).toContain('e\u0301te\u0301/20.png');
  });

  it('is read from Parquet', async () => {
    await using folder = await PictureFolder.create();
    await folder.write('labels.parquet', Buffer.from(PARQUET_FILES.snappy, 'base64'));
    const table = { table: 'labels.parquet', validationSplit: 0.2, columns: { weight: 'w' } };
    await expect(indexImages(table, { directory: folder.path, seed: 1 })).rejects.toThrow(
      [
        `2 problems in ${folder.path}/labels.parquet:`,
        `  labels.parquet, row 3, column 'path': expected a path below data.images (${folder.path}), got '../c.png', which lies outside`,
        "  labels.parquet, row 4, column 'species': expected a label, got nothing",
      ].join('\n'),
    );
  });
});

describe('groups of a table', () => {
  const patients = `file,label,patient\n${rows((i, label) => `${i}.png,${label},p${i >> 1}`)}`;

  it('are a column that is guessed and shown, and are never divided', async () => {
    for (const seed of [1, 2, 3]) {
      await using folder = await photos(patients);
      const { splits, facts } = await indexImages({ ...data, testSplit: 0.25 }, { directory: folder.path, seed });
      for (const split of [splits.train, splits.validation, splits.test]) {
        const groups = split.map(({ file }) => parseInt(file) >> 1).sort();
        expect(groups.filter((group, i) => groups.indexOf(group) === i).length).toBe(split.length / 2);
      }
      expect(facts?.[0]).toContain("group 'patient' (guessed)");
      expect(facts?.[2]).toBe("groups by column 'patient': 2 train, 1 validation, 1 test; the largest has 2 images");
    }
  });

  it('are checked against the splits that the table gives', async () => {
    const table = `file,label,patient,split\n${rows((i, label) => `${i}.png,${label},p${i % 3},${i < 4 ? 'train' : 'val'}`)}`;
    const [first, ...named] = await problemsOf(table);
    expect(first).toContain('expected each group in one split, got 3 groups in several: change the column of splits');
    expect(named[0]).toMatch(/^'p0': train: .*0\.png \(line 2\), validation: .*6\.png \(line 8\)$/);
  });

  it('are refused as a column and as a pattern at once', async () => {
    expect(await problemsOf(patients, { columns: { group: 'patient' }, groupBy: '(\\d)' })).toEqual([
      'expected data.groupBy or data.columns.group, got both',
    ]);
  });
});

describe('rows that cannot be used', () => {
  it('are named with line, column and what was found', async () => {
    const table = [
      'file,label,split,weight',
      ',cat,train,1',
      '1.png,,train,1',
      '../2.png,cat,train,1',
      '/etc/passwd,cat,train,1',
      'C:\\x\\3.png,cat,train,1',
      'https://example.org/4.png,cat,train,1',
      '5.png,cat,fold1,heavy',
      'photos/,cat,train,-1',
    ].join('\n');
    const columns = { file: 'file', label: 'label', split: 'split', weight: 'weight' };
    const [first, ...named] = await problemsOf(table, { columns });
    expect(first).toMatch(/^10 problems in .*labels\.csv:$/);
    expect(named.map((line) => line.replace(/ \(\/[^)]*\)/, ''))).toEqual([
      "labels.csv, line 2, column 'file': expected the path of an image file, got nothing",
      "labels.csv, line 3, column 'label': expected a label, got nothing",
      "labels.csv, line 4, column 'file': expected a path below data.images, got '../2.png', which lies outside",
      "labels.csv, line 5, column 'file': expected a path below data.images, got '/etc/passwd', which lies outside",
      "labels.csv, line 6, column 'file': expected a path below data.images, got 'C:\\x\\3.png', which lies outside",
      "labels.csv, line 7, column 'file': expected a path below data.images, got an address, 'https://example.org/4.png': download the images first",
      "labels.csv, line 8, column 'split': expected train, validation or test, got 'fold1'",
      "labels.csv, line 8, column 'weight': expected a number of at least 0, got 'heavy'",
      "labels.csv, line 9, column 'file': expected the path of an image file, got 'photos/', a folder",
      "labels.csv, line 9, column 'weight': expected a number of at least 0, got '-1'",
    ]);
  });

  it('are counted beyond the first ten', async () => {
    const columns = { file: 'file', label: 'label' };
    const problems = await problemsOf(`file,label\n${'a.png,\n'.repeat(5000)}`, { columns });
    expect(problems.length).toBe(12);
    expect(problems[0]).toContain('5000 problems');
    expect(problems.at(-1)).toBe('and 4990 more');
  });

  it('name the column that was guessed, and the field that says otherwise', async () => {
    const table = `file,label,set\n${rows((i, label) => `${i}.png,${label},flowers`)}`;
    expect((await problemsOf(table)).at(-1)).toBe(
      "'set' is a guess by its name: data.columns.split names another column, or null for none",
    );
  });

  it('contradict an earlier one: both lines are named', async () => {
    expect((await problemsOf(`${plain}0.png,dog\n./3.png,cat\n`)).slice(1)).toEqual([
      "labels.csv, line 10, column 'label': expected 'cat' for '0.png' as in line 2, got 'dog'",
      "labels.csv, line 11, column 'label': expected 'dog' for '3.png' as in line 5, got 'cat'",
    ]);
  });

  it('repeat an earlier one: they are left out, and both lines are named', async () => {
    const index = await indexOf(`${plain}0.png,cat\n./3.png,dog\n`);
    expect(filesOf(index).length).toBe(8);
    expect(index.warnings).toEqual([
      'labels.csv: 2 rows left out that repeat an earlier one: 0.png (line 2 and 10), 3.png (line 5 and 11)',
    ]);
  });

  it('name the file of an earlier one in another way: they are left out, or refused where they contradict it', async () => {
    const table = `file,label\n${rows((i, label) => `${i},${label}`)}`;
    const index = await indexOf(`${table}3.png,dog\n`);
    expect(filesOf(index).length).toBe(8);
    expect(index.warnings).toEqual([
      'labels.csv: 1 row left out, since earlier ones name the same files in another way: 3.png (line 5 and 10)',
    ]);
    expect(await problemsOf(`${table}3.png,cat\n`)).toEqual([
      "labels.csv, line 10, column 'file': expected the same as in line 5, whose file is '3.png' as well, got something else",
    ]);
  });

  it('lack the ending of their files, also where the first file is missing', async () => {
    const index = await indexOf(`file,label\nnone,cat\n${rows((i, label) => `${i},${label}`)}`, {
      maxCorruptShare: 0.2,
    });
    expect(filesOf(index).length).toBe(8);
  });

  it('have no file, or one that is no image: they are listed with their lines', async () => {
    await using folder = await photos(`${plain}9.png,cat\n8.png,dog\n`);
    await folder.write('photos/9.png', 'nothing');
    const index = await indexImages({ ...data, maxCorruptShare: 0.3 }, { directory: folder.path, seed: 1 });
    expect(index.warnings).toEqual([
      `1 file not used, not an image of a format that is read here: ${folder.path}/photos/9.png (line 10)`,
      `1 file not used, no such file: ${folder.path}/photos/8.png (line 11)`,
    ]);
    await expect(indexImages(data, { directory: folder.path, seed: 1 })).rejects.toThrow('got 2 of 10');
  });

  it('have no file in most cases: the folder is doubted', async () => {
    const problems = await problemsOf(plain, { images: 'elsewhere' });
    expect(problems[0]).toMatch(/got none for 8 of 8 rows; data\.images is the folder where their paths begin:$/);
    expect(problems.slice(1)).toEqual([
      'line 2: 0.png',
      'line 3: 1.png',
      'line 4: 2.png',
      'line 5: 3.png',
      'line 6: 4.png',
      'and 3 more',
    ]);
  });

  it('have the content of another row and another label: both lines are named', async () => {
    await using folder = await photos(`${plain}copy.png,dog\n`);
    await folder.fill('photos', 0, 1);
    const { patches } = await import('./picture-folder.js');
    await folder.write('photos/copy.png', await patches(0).png().toBuffer());
    const index = await indexImages(data, { directory: folder.path, seed: 1 });
    const [warning = ''] = index.warnings.filter((line) => line.includes('different labels'));
    expect(warning).toContain('1 pair of identical images with different labels');
    expect(warning).toContain('0.png (line 2)');
    expect(warning).toContain('copy.png (line 10)');
  });
});

describe('labels', () => {
  it('in two Unicode forms are one class, with a warning that names both lines', async () => {
    const table = plain.replaceAll('cat', 'm\u00e9duse') + '0.png,me\u0301duse\n';
    const index = await indexOf(table);
    expect(index.classes).toEqual(['dog', 'm\u00e9duse']);
    expect(index.warnings).toContain(
      "labels.csv, line 10, column 'label': label 'm\u00e9duse' has another Unicode form than in line 2: taken as the same class",
    );
  });

  it('that differ in case alone are two classes, with a warning that names both lines', async () => {
    const table = plain.replace('6.png,cat', '6.png,Cat').replace('4.png,cat', '4.png,Cat');
    const { classes, warnings } = await indexOf(table);
    expect(classes).toEqual(['Cat', 'cat', 'dog']);
    expect(warnings[0]).toBe(
      "labels.csv, line 6, column 'label': label 'Cat' differs from 'cat' in line 2 in case alone: taken as two classes",
    );
  });

  it('without spaces around are one class', async () => {
    expect((await indexOf(plain.replace('6.png,cat', '6.png, cat '))).classes).toEqual(['cat', 'dog']);
  });

  it('that are too many are refused at the line of the first beyond', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `${i}.png,id ${i}\n`).join('');
    expect((await problemsOf(`file,label\n${many}`))[0]).toBe(
      "labels.csv, line 2002, column 'label': expected at most 2000 different labels, got one more, 'id 2000': is it a column of labels? data.columns.label names another",
    );
    const numbers = Array.from({ length: 10_000 }, (_, i) => `${i}.png,${i / 7}\n`).join('');
    expect((await problemsOf(`file,label\n${numbers}`))[0]).toContain('regression) are not supported');
  });

  it('of several lines are refused, since a quotation mark may have swallowed rows', async () => {
    const [, problem] = await problemsOf(`${plain}8.png,"cat\n9.png,dog"\n`, { columns: { label: 'label' } });
    expect(problem).toBe(
      String.raw`labels.csv, line 10, column 'label': expected a label without line breaks and other control characters, got '"cat\n9.png,dog"'`,
    );
  });

  it('that are lists or fractions are refused in words', async () => {
    await using folder = await photos(
      '{"file":"0.png","label":["cat","dog"]}\n{"file":"1.png","label":0.5}',
      'labels.jsonl',
    );
    await expect(indexImages({ ...data, table: 'labels.jsonl' }, { directory: folder.path, seed: 1 })).rejects.toThrow(
      /for several labels of an image, set data.labels[^]*line 2[^]*regression\) are not supported/,
    );
  });

  it('of one kind are refused', async () => {
    expect(await problemsOf('file,label\n0.png,cat\n1.png,cat\n')).toEqual([
      "labels.csv, column 'label': expected at least 2 different labels, got 'cat' in every row",
    ]);
  });
});

describe('columns', () => {
  it.each([
    [
      'file,kind\n',
      {},
      "labels.csv, line 1: expected a column such as 'label' (or its name in data.columns.label), got 'file' and 'kind'",
    ],
    [
      'file,label\n',
      { file: 'fiel' },
      "labels.csv, line 1: expected a column 'fiel' (data.columns.file), got 'file' and 'label'; did you mean 'file'?",
    ],
    ['file,label,label\n', {}, "labels.csv, line 1: expected one column 'label', got several: rename all but one"],
    [
      'file,label\n',
      { split: 'label' },
      "labels.csv, line 1: expected a column of its own for data.columns.split, got 'label' for label too",
    ],
    [
      '0.png,cat\n',
      {},
      "labels.csv, line 1: expected a column such as 'file' (or its name in data.columns.file), got '0.png' and 'cat'",
    ],
    ['file,label\n', {}, 'labels.csv: expected rows below the header, got none'],
  ])('that are missing or doubtful are named: %j %j', async (table, columns, expected) => {
    expect(await problemsOf(table, { columns })).toEqual([expected]);
  });

  it('of splits without rows for training are refused', async () => {
    const table = `file,label,split\n${rows((i, label) => `${i}.png,${label},test`)}`;
    expect(await problemsOf(table)).toEqual(["labels.csv, column 'split': expected rows for training, got none"]);
  });

  it('of splits in which a class is missing are refused', async () => {
    const table = `file,label,split\n${rows((i, label) => `${i}.png,${label},${i === 2 ? 'val' : 'train'}`)}`;
    expect((await problemsOf(table))[0]).toContain(
      "expected readable images of every class in the validation rows of labels.csv, got none of 'dog'",
    );
  });
});

const xrays = resolve(import.meta.dirname, '../../../../shared/data/chest-xray');

describe('X-rays as a table (skipped where ../shared is absent)', () => {
  it.skipIf(!existsSync(xrays))(
    'are split by the patients in their names, with the shares that were asked for',
    { timeout: 120_000 },
    async () => {
      const files = ['train', 'val'].flatMap((split) =>
        ['NORMAL', 'PNEUMONIA'].flatMap((label) =>
          readdirSync(join(xrays, split, label)).map((name) => `${split}/${label}/${name},${label}`),
        ),
      );
      await using folder = await PictureFolder.create();
      await folder.write('labels.csv', `file,label\n${files.join('\n')}\n`);
      const table = { table: 'labels.csv', images: xrays, validationSplit: 0.2, groupBy: '(person\\d+|IM-\\d+)' };
      const { splits, facts } = await indexImages(table, { directory: folder.path, seed: 1 });
      const patients = (entries: ImageIndex['splits']['train']): Set<string | undefined> =>
        new Set(entries.map(({ file }) => /person\d+|IM-\d+/.exec(file)?.[0]));
      const [train, validation] = [patients(splits.train), patients(splits.validation)];
      expect([...train].filter((patient) => validation.has(patient))).toEqual([]);
      expect(splits.train.length + splits.validation.length).toBe(1170);
      for (const label of [0, 1]) {
        const inValidation = splits.validation.filter((entry) => entry.label === label).length;
        const all = inValidation + splits.train.filter((entry) => entry.label === label).length;
        expect(inValidation / all).toBeCloseTo(0.2, 2);
      }
      expect(facts?.[2]).toMatch(/^groups by data\.groupBy: \d+ train, \d+ validation; the largest has \d+ images$/);
    },
  );
});
