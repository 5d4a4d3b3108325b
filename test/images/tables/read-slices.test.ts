// Columns of a table that divide its images.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readSlices } from '../../../src/images/tables/read-slices.js';

const folder = mkdtempSync(join(tmpdir(), 'hpo-slices-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = { table: 'labels.csv', validationSplit: 0.2 };

function write(text: string): void {
  writeFileSync(join(folder, 'labels.csv'), text);
}

it('gives the value of each file, also where the table spells it in another way', async () => {
  const composed = 'é'.normalize('NFC');
  write(`file,label,hospital,camera\na.jpg,x,north,1\nb,y,south,2\n${composed}.jpg,y,north,\n./c.jpg,x,,2\n`);
  const [hospital, camera] = await readSlices(data, ['hospital', 'camera'], folder);
  expect([hospital?.values, camera?.values]).toEqual([
    ['north', 'south'],
    ['1', '2'],
  ]);
  const files = ['a.jpg', 'b.jpg', `${composed.normalize('NFD')}.jpg`, 'c.jpg', 'gone.jpg'];
  expect(files.map((file) => hospital?.memberOf(file))).toEqual([0, 1, 0, -1, -1]);
  expect(files.map((file) => camera?.memberOf(file))).toEqual([0, 1, -1, 1, -1]);
});

it('takes the column of labels or of groups as well', async () => {
  write('file,label\na.jpg,x\nb.jpg,y\n');
  expect((await readSlices(data, ['label'], folder))[0]?.values).toEqual(['x', 'y']);
});

it('names a column that is not there, and one with a value for each image', async () => {
  write('file,label,hospital\na.jpg,x,north\n');
  await expect(readSlices(data, ['hospitl'], folder)).rejects.toThrow(
    "labels.csv, line 1: expected a column 'hospitl' (data.slices), got 'file', 'label' and 'hospital'; did you mean 'hospital'?",
  );
  write(`file,label,id\n${Array.from({ length: 1001 }, (_, i) => `${i}.jpg,x,${i}`).join('\n')}\n`);
  await expect(readSlices(data, ['id'], folder)).rejects.toThrow(
    "labels.csv, line 1002, column 'id': expected at most 1000 different values in a column of data.slices, got more",
  );
});
