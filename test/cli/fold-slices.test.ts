// Slices of a study with folds: each image counts once, as the model says that did not see it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { PictureFolder } from '../images/indexing/picture-folder.js';
import { hpo } from './support.js';

vi.setConfig({ testTimeout: 300_000 });

const IMAGES = 36;
let folder: PictureFolder;
const at = (file: string): string => join(folder.path, file);
const slicesSchema = z.looseObject({
  slices: z.array(z.looseObject({ column: z.string(), value: z.string(), images: z.number(), accuracy: z.number() })),
});
const lineSchema = z.looseObject({
  type: z.string(),
  trial: z.number().optional(),
  fold: z.looseObject({ index: z.number() }).optional(),
  report: z.looseObject({ detail: z.looseObject({ confusion: z.array(z.array(z.number())) }) }).optional(),
});

/** Of the journal's confusion matrices of folds 0 … 2. */
function rightInFirstRepeat(): number {
  const lines = readFileSync(at('study.run/journal.jsonl'), 'utf8').trim().split('\n');
  const events = lines.map((line) => lineSchema.parse(JSON.parse(line)));
  const foldOf = new Map(
    events.flatMap(({ trial, fold }) => (fold === undefined ? [] : [[trial, fold.index] as const])),
  );
  return events
    .filter(({ report, trial }) => report !== undefined && (foldOf.get(trial) ?? 0) < 3)
    .reduce((sum, { report }) => {
      return sum + (report?.detail.confusion ?? []).reduce((right, row, i) => right + (row[i] ?? 0), 0);
    }, 0);
}

beforeAll(async () => {
  folder = await PictureFolder.create();
  process.env['HPO_CACHE'] = at('cache');
  await folder.fill('photos', 0, IMAGES);
  // Classes are not in the order of the files.
  const rows = Array.from({ length: IMAGES }, (_, i) => `photos/${i}.png,${i % 2 === 0 ? 'a' : 'b'},h${i % 3}`);
  await folder.write('labels.csv', ['file,label,hospital', ...rows, ''].join('\n'));
  const study = {
    name: 'slices',
    data: { table: 'labels.csv', slices: ['hospital'] },
    backbone: { name: 'quicknet' },
    validation: { folds: 3, repeats: 2, confidence: 1 },
    space: { learningRate: { type: 'float', min: 1e-3, max: 1e-2, scale: 'log' } },
    search: { strategy: 'sobol', trials: 1, seed: 5 },
    training: { epochs: 1, batchSize: 8, augmentation: 'none' },
    resources: { workers: 1 },
  };
  writeFileSync(at('study.json'), JSON.stringify(study));
});
afterAll(async () => {
  delete process.env['HPO_CACHE'];
  await folder[Symbol.asyncDispose]();
});

it('are shown by hpo show and best, and add up to the images and the right ones among them', async () => {
  const run = await hpo('run', at('study.json'));
  expect(run.code, run.err).toBe(0);
  const { out } = await hpo('best', at('study.json'), '--json');
  const { slices } = slicesSchema.parse(JSON.parse(out));
  expect(slices.map(({ value }) => value).sort()).toEqual(['h0', 'h1', 'h2']);
  for (const { images } of slices) expect(images).toBe(IMAGES / 3);
  const right = slices.reduce((sum, { images, accuracy }) => sum + images * accuracy, 0);
  expect(right).toBeCloseTo(rightInFirstRepeat(), 6);
  expect((await hpo('show', at('study.json'))).out).toContain('The best trial on slices of the images');
});
