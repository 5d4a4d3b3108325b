// Reading tables: formats, encodings, and the place of whatever is wrong.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTable } from '../../../src/images/tables/open-table.js';
import type { TableRow } from '../../../src/images/tables/table-reader.js';
import { PictureFolder } from '../indexing/picture-folder.js';
import { PARQUET_FILES } from './parquet-files.js';

async function rowsOf(name: string, content: string | Uint8Array, wanted?: readonly string[]): Promise<TableRow[]> {
  await using folder = await PictureFolder.create();
  const reader = await openTable(await folder.write(name, content));
  const rows: TableRow[] = [];
  for await (const some of reader.rows(wanted ?? reader.columns)) rows.push(...some);
  return rows;
}

/** What was said of a table that cannot be read. */
async function problemOf(name: string, content: string | Uint8Array): Promise<string> {
  const error: unknown = await rowsOf(name, content).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ code: 'ERR_DATA' });
  return error instanceof Error ? error.message : '';
}

const two = [
  { line: 2, values: ['a.png', 'cat'] },
  { line: 3, values: ['b.png', 'dog'] },
];

describe('delimited text', () => {
  it.each([
    ['commas', 'x.csv', 'file,label\na.png,cat\nb.png,dog\n'],
    ['semicolons', 'x.csv', 'file;label\na.png;cat\nb.png;dog\n'],
    ['tabs in a .csv', 'x.csv', 'file\tlabel\na.png\tcat\nb.png\tdog\n'],
    ['bars', 'x.csv', 'file|label\na.png|cat\nb.png|dog\n'],
    ['tabs', 'x.TSV', 'file\tlabel\na.png\tcat\nb.png\tdog\n'],
    ['lines of Windows and no line feed at the end', 'x.csv', 'file,label\r\na.png,cat\r\nb.png,dog'],
    ['lines of Windows after a header of Unix', 'x.csv', 'file,label\na.png,"cat"\r\nb.png,dog\r\n'],
    ['lines of Unix after a header of Windows', 'x.csv', 'file,label\r\na.png,cat\nb.png,dog\n'],
    ['lines of old Macs', 'x.csv', 'file,label\ra.png,cat\rb.png,dog\r'],
    ['a byte order mark', 'x.csv', '\uFEFFfile,label\na.png,cat\nb.png,dog\n'],
    ['quotation marks', 'x.csv', '"file","label"\n"a.png","cat"\n"b.png","dog"\n'],
    ['commas within the names of columns', 'x.csv', 'file;"a, b, c, d"\na.png;cat\nb.png;dog\n'],
    ['rows of commas alone below it', 'x.csv', 'file,label\na.png,cat\nb.png,dog\n,\n,\n'],
    ['UTF-16, little end first', 'x.csv', utf16('file,label\na.png,cat\nb.png,dog\n', 'le')],
    ['UTF-16, big end first', 'x.csv', utf16('file,label\na.png,cat\nb.png,dog\n', 'be')],
  ])('is read with %s', async (_, name, content) => {
    expect(await rowsOf(name, content)).toEqual(two);
  });

  it('gives a row the line where it begins, after empty lines and values of several lines', async () => {
    const rows = await rowsOf('x.csv', 'file,note\na,"one\ntwo"\n\nb,"three\nfour"\nc,five\n');
    expect(rows.map(({ line, values }) => [line, values[0]])).toEqual([
      [2, 'a'],
      [5, 'b'],
      [7, 'c'],
    ]);
  });

  it('gives rows of commas alone that stand between others, as rows without values', async () => {
    const rows = await rowsOf('x.csv', 'file,label\na.png,cat\n,\n"",\nb.png,dog\n,\n');
    expect(rows.map(({ line, values }) => [line, ...values])).toEqual([
      [2, 'a.png', 'cat'],
      [3, '', ''],
      [4, '', ''],
      [5, 'b.png', 'dog'],
    ]);
  });

  it('gives the wanted columns in the wanted order', async () => {
    expect(await rowsOf('x.csv', 'a,b,c\n1,2,3\n', ['c', 'a'])).toEqual([{ line: 2, values: ['3', '1'] }]);
  });

  it('is read across the borders of blocks', async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `größe/${i}.png,ä${i % 7}`);
    const rows = await rowsOf('x.csv', `file,label\n${lines.join('\n')}\n`);
    expect(rows.map(({ values }) => values.join(','))).toEqual(lines);
    expect(rows.at(-1)?.line).toBe(40_001);
  });

  it.each([
    ['a quotation mark that is not closed', 'f,l\na,b\nc,"d\ne,f\n', 'x.csv, line 3', 'closing quotation mark'],
    ['text after a closing quotation mark', 'f,l\na,b\n"c"x,d\n', 'x.csv, line 3, column 1', 'got more text'],
    ['a quotation mark within a value', 'f,l\na,b5"\n', 'x.csv, line 2, column 2', 'got one within it'],
    ['too many values', 'f,l\na,b\nc,d,e\n', 'x.csv, line 3', 'expected 2 values, as the header has, got 3'],
    ['too few values', 'f,l\na\n', 'x.csv, line 2', 'expected 2 values, as the header has, got 1'],
    ['nothing', '', 'x.csv, line 1', 'got an empty file'],
  ])('names the place of %s', async (_, content, place, problem) => {
    const message = await problemOf('x.csv', content);
    expect(message).toMatch(new RegExp(`^${place}\\b`));
    expect(message).toContain(problem);
  });
});

describe('text of another encoding', () => {
  it('is refused with line and column', async () => {
    const latin = Buffer.concat([
      Buffer.from('file,label\na.png,cat\nb.png,gr'),
      Buffer.from([0xfc, 0xdf]),
      Buffer.from('\n'),
    ]);
    expect(await problemOf('x.csv', latin)).toMatch(/^x\.csv, line 3, column 9: expected text in UTF-8/);
  });

  it('is refused in the last of many lines', async () => {
    const lines = `f,l\n${'a.png,ä\n'.repeat(50_000)}`;
    const bytes = Buffer.concat([Buffer.from(lines), Buffer.from([0x62, 0xe9, 0x2c])]);
    expect(await problemOf('x.csv', bytes)).toMatch(/^x\.csv, line 50002, column 2: /);
  });

  it('is refused where it has no mark', async () => {
    const bytes = utf16('file,label\n', 'le').subarray(2);
    expect(await problemOf('x.csv', bytes)).toMatch(/^x\.csv, line 1, column 2: expected text, got a zero byte/);
  });

  it('is refused where a file has no lines', async () => {
    expect(await problemOf('x.csv', 'x'.repeat(3_000_000))).toMatch(/^x\.csv, line 1: expected lines of at most/);
  });
});

describe('JSON lines', () => {
  it('are read, with columns that some rows lack', async () => {
    const text = '{"file":"a.png","label":"cat"}\n\n{"label":7,"weight":2}\n';
    expect(await rowsOf('x.jsonl', text)).toEqual([
      { line: 1, values: ['a.png', 'cat', undefined] },
      { line: 3, values: [undefined, 7, 2] },
    ]);
  });

  it.each([
    ['a line that is no JSON', '{"a":1}\n{"a":1,}\n', /^x\.jsonl, line 2, column 8: expected a key in double quotes/],
    ['a list', '{"a":1}\n[1]\n', /^x\.jsonl, line 2, column 1: expected a JSON object, got a list/],
    ['a file of lists', '[1]\n', /^x\.jsonl, line 1, column 1: expected a JSON object/],
    ['an empty file', '\n', /^x\.jsonl, line 1: expected a JSON object on each line/],
  ])('names the place of %s', async (_, content, expected) => {
    expect(await problemOf('x.jsonl', content)).toMatch(expected);
  });
});

describe('Parquet', () => {
  it.each(['snappy', 'zstd'] as const)('is read in groups of rows, compressed with %s', async (compression) => {
    const bytes = Buffer.from(PARQUET_FILES[compression], 'base64');
    const rows = await rowsOf('x.parquet', bytes, ['species', 'path', 'w']);
    expect(rows.map(({ line, values: [species, path, w] }) => [line, species ?? null, path, Number(w)])).toEqual([
      [1, 'cat', 'a.png', 1],
      [2, 'dog', 'b.png', 2],
      [3, 'cat', '../c.png', 3],
      [4, null, 'd.png', 4],
    ]);
  });

  it('is refused where it is none, or cut off', async () => {
    expect(await problemOf('x.parquet', 'file,label\n')).toMatch(/^x\.parquet: expected a Parquet file/);
    const bytes = Buffer.from(PARQUET_FILES.snappy, 'base64').subarray(0, 500);
    expect(await problemOf('x.parquet', bytes)).toMatch(/^x\.parquet: expected a Parquet file/);
  });
});

describe('a table', () => {
  it('of another ending is refused with those that are read', async () => {
    expect(await problemOf('x.xlsx', '')).toContain('.csv, .tsv, .jsonl, .ndjson, .parquet at data.table');
  });

  it('that is not there, or a folder, is refused', async () => {
    await using folder = await PictureFolder.create();
    await expect(openTable(`${folder.path}/none.csv`)).rejects.toThrow('there is no such file');
    await folder.write('x.csv/inside', '');
    await expect(openTable(`${folder.path}/x.csv`)).rejects.toThrow('expected a readable table, got expected a file');
  });

  it('that changes between its header and its rows is read as it is then', async () => {
    await using folder = await PictureFolder.create();
    const file = await folder.write('x.csv', 'a,b\n1,2\n');
    const reader = await openTable(file);
    await writeFile(file, 'a,b\n3,4\n');
    const rows: TableRow[] = [];
    for await (const some of reader.rows(['b'])) rows.push(...some);
    expect(rows).toEqual([{ line: 2, values: ['4'] }]);
  });
});

function utf16(text: string, end: 'le' | 'be'): Buffer {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return end === 'le' ? bytes : bytes.swap16();
}
