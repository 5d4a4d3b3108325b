// Malformed tables of labels: each is planned, or refused with the place of the problem.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { RandomStream } from '../../src/math/random.js';
import { PARQUET_FILES } from '../../test/images/tables/parquet-files.js';
import type { Check } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { jsonOf, mutateBytes, mutateText, mutateValue } from '../support/mutate.js';
import { writeStudy } from '../support/studies.js';

const FILES = 40;
const KINDS = ['csv', 'tsv', 'jsonl', 'parquet'] as const;

export const tables: Check = {
  name: 'tables',
  description: 'malformed tables of labels (CSV, TSV, JSON lines, Parquet), given to hpo plan',
  async run({ random, folder, step }) {
    const images = join(folder, 'images');
    mkdirSync(images);
    for (let i = 0; i < 8; i++) {
      const background = { r: 30 * i, g: 90, b: 120 };
      const image = sharp({ create: { width: 24, height: 24, channels: 3, background } });
      await image.png().toFile(join(images, `${'abcdefgh'[i]}.png`));
    }
    let refused = 0;
    for (let i = 0; i < FILES; i++) {
      const kind = random.pick(KINDS);
      writeFileSync(join(folder, `labels.${kind}`), table(kind, random));
      const columns = kind === 'parquet' ? { file: 'path', label: 'species' } : { file: 'file', label: 'label' };
      const data = { table: `../labels.${kind}`, images: '../images', columns };
      const file = writeStudy(join(folder, 'study'), {
        ...{ data: random.next() < 0.8 ? data : mutateValue(data, random) },
        backbone: { name: 'quicknet', inputSize: 32 },
        space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2 } },
        resources: { engine: 'onnx' },
      });
      step(`hpo plan with table ${i}, a ${kind}`);
      const end = await hpoHere('plan', file);
      expectEnd(end, [0, 1, 2], `hpo plan with table ${i}, a ${kind}`);
      if (end.code !== 0) refused++;
    }
    return { counts: { tables: FILES, refused }, note: `${FILES} tables, ${refused} refused` };
  },
};

function table(kind: (typeof KINDS)[number], random: RandomStream): Buffer | string {
  if (kind === 'parquet') {
    return mutateBytes(Buffer.from(random.pick(Object.values(PARQUET_FILES)), 'base64'), random);
  }
  const rows = Array.from({ length: 8 }, (_, i) => ({ file: `${'abcdefgh'[i]}.png`, label: i % 2 === 0 ? 'x' : 'y' }));
  if (kind === 'jsonl') {
    const lines = rows.map((row) => jsonOf(random.next() < 0.3 ? mutateValue(row, random) : row).replaceAll('\n', ''));
    return random.next() < 0.5 ? lines.join('\n') : mutateText(lines.join('\n'), random);
  }
  const separator = kind === 'csv' ? ',' : '\t';
  const lines = [['file', 'label'], ...rows.map(({ file, label }) => [file, label])];
  const text = lines.map((cells) => cells.join(separator)).join(random.pick(['\n', '\r\n', '\r']));
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
