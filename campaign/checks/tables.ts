// Malformed tables of labels: each is planned, or refused with the place of the problem.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { RandomStream } from '../../src/math/random.js';
import { PARQUET_FILES } from '../../test/images/tables/parquet-files.js';
import type { Check } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { changeOnce, jsonOf, mutateBytes, mutateText, mutateValue } from '../support/mutate.js';
import { writeStudy } from '../support/studies.js';

const FILES = 40;
const SMALL_FILES = 10;
const KINDS = ['csv', 'tsv', 'jsonl', 'parquet'] as const;

export const tables: Check = {
  name: 'tables',
  description: 'malformed tables of labels (CSV, TSV, JSON lines, Parquet), given to hpo plan',
  async run({ random, folder, step, small }) {
    const files = small ? SMALL_FILES : FILES;
    const images = join(folder, 'images');
    mkdirSync(images);
    for (let i = 0; i < 8; i++) {
      const background = { r: 30 * i, g: 90, b: 120 };
      const image = sharp({ create: { width: 24, height: 24, channels: 3, background } });
      await image.png().toFile(join(images, `${'abcdefgh'[i]}.png`));
    }
    let refused = 0;
    for (let i = 0; i < files; i++) {
      const kind = random.pick(KINDS);
      writeFileSync(join(folder, `labels.${kind}`), table(kind, random));
      const columns = kind === 'parquet' ? { file: 'path', label: 'species' } : random.pick(COLUMNS);
      const slices = kind !== 'parquet' && random.next() < 0.4 ? { slices: ['site'] } : {};
      const data = { table: `../labels.${kind}`, images: '../images', columns, ...slices };
      const validation = random.next() < 0.2 ? { validation: { folds: 2 } } : {};
      const file = writeStudy(join(folder, 'study'), {
        ...{
          data: random.next() < 0.8 ? data : random.next() < 0.5 ? changeOnce(data, random) : mutateValue(data, random),
        },
        ...validation,
        backbone: { name: 'quicknet', inputSize: 32 },
        space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2 } },
        resources: { engine: 'onnx' },
      });
      step(`hpo plan with table ${i}, a ${kind}`);
      const end = await hpoHere('plan', file);
      expectEnd(end, [0, 1, 2], `hpo plan with table ${i}, a ${kind}`);
      if (end.code !== 0) refused++;
    }
    return { counts: { tables: files, refused }, note: `${files} tables, ${refused} refused` };
  },
};

/** One label an image, a list of them, or a column for each; with what else a table may say. */
const COLUMNS = [
  { file: 'file', label: 'label' },
  { file: 'file', label: 'label', group: 'patient', split: 'split', weight: 'weight' },
  { file: 'file', label: 'tags' },
  { file: 'file', labels: ['boat', 'car'] },
];

function rowsOf(): Record<string, string | number>[] {
  return Array.from({ length: 8 }, (_, i) => ({
    ...{ file: `${'abcdefgh'[i]}.png`, label: i % 2 === 0 ? 'x' : 'y', tags: i % 2 === 0 ? 'boat;car' : 'boat' },
    ...{ boat: i % 2, car: i % 3 === 0 ? 1 : 0, patient: `p${i >> 1}`, site: i % 2 === 0 ? 'north' : 'south' },
    ...{ split: i < 5 ? 'train' : 'val', weight: 1 + i },
  }));
}

function table(kind: (typeof KINDS)[number], random: RandomStream): Buffer | string {
  if (kind === 'parquet') {
    const whole = Buffer.from(random.pick(Object.values(PARQUET_FILES)), 'base64');
    // What says where the columns lie stands at the end, before its own length.
    const end = whole.length - 8 - Math.min(whole.length - 8, whole.readUInt32LE(whole.length - 8));
    if (random.next() < 0.4) return mutateBytes(whole, random);
    return Buffer.concat([whole.subarray(0, end), mutateBytes(whole.subarray(end), random, 1)]);
  }
  const isOneChange = random.next() < 0.6;
  const rows = listOf(isOneChange ? changeOnce(rowsOf(), random) : rowsOf());
  if (kind === 'jsonl') {
    const changed = (row: unknown): unknown => (!isOneChange && random.next() < 0.3 ? mutateValue(row, random) : row);
    const lines = rows.map((row) => jsonOf(changed(row)).replaceAll('\n', ''));
    return isOneChange || random.next() < 0.5 ? lines.join('\n') : mutateText(lines.join('\n'), random);
  }
  const separator = kind === 'csv' ? ',' : '\t';
  const names = Object.keys(rowsOf()[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => cellOf(row, name)))];
  const text = lines.map((cells) => cells.join(separator)).join(random.pick(['\n', '\r\n', '\r']));
  if (isOneChange) return text;
  // A quote that is never closed, and a line that never ends.
  const odd = random.pick([
    '"',
    `"${'a,'.repeat(200_000)}`,
    '\u0000',
    '\ufeff',
    'x'.repeat(3_000_000),
    '\n'.repeat(500_000),
  ]);
  return random.next() < 0.2 ? text + odd : mutateText(text, random);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

function cellOf(row: unknown, name: string): string {
  const value = typeof row === 'object' && row !== null ? (row as Record<string, unknown>)[name] : row;
  const text = typeof value === 'string' ? value : value === undefined ? '' : jsonOf(value).replaceAll('\n', '');
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
