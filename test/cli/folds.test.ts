// The command line with folds on drawn images: planned, run, shown, exported, trained; and a final model that is the same both ways.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { hpo, temporaryFolder } from './support.js';

vi.setConfig({ testTimeout: 300_000 });

const study = {
  name: 'folds',
  data: { drawn: { family: 'pictograms', perClass: { train: 5, validation: 4, test: 3 }, difficulty: 0.3 } },
  backbone: { name: 'quicknet' },
  validation: { folds: 3, confidence: 1 },
  space: {
    learningRate: { type: 'float', min: 1e-3, max: 1e-2, scale: 'log' },
    unfreezeDepth: { type: 'int', min: 0, max: 1 },
  },
  search: { strategy: 'sobol', trials: 2, seed: 5 },
  training: { epochs: 2, headEpochs: 1, batchSize: 8, augmentation: 'flip', views: 2, ewc: 0.1 },
  resources: { workers: 1 },
};

const trialSchema = z.looseObject({
  number: z.number(),
  source: z.string(),
  value: z.number().nullable(),
  bestEpoch: z.number().nullable(),
  folds: z.array(z.looseObject({ trial: z.number(), value: z.number(), epoch: z.number() })).optional(),
});
const shownSchema = z.looseObject({ trials: z.array(trialSchema), best: trialSchema });

const folder = temporaryFolder({ 'study.json': study });
const at = (...path: string[]): string => join(folder.path, ...path);
const bytes = (...path: string[]): Buffer => readFileSync(at(...path));

beforeAll(() => {
  process.env['HPO_CACHE'] = at('cache');
});
afterAll(() => {
  delete process.env['HPO_CACHE'];
  folder.remove();
});

async function shown(): Promise<z.output<typeof shownSchema>> {
  const { out } = await hpo('show', at('study.json'), '--json');
  return shownSchema.parse(JSON.parse(out));
}

describe('a study with folds', () => {
  it('is planned with its parts and what a trial goes through', async () => {
    const { code, out } = await hpo('plan', at('study.json'));
    expect(code).toBe(0);
    expect(out).toContain('folds: 3 folds: every trial that ends its first fold gets all of them');
    expect(out).toMatch(/a fold has \d+ images for training and \d+ for validation/);
    expect(out).toMatch(/class +all folds +fold 1 +fold 2 +fold 3 +test/);
  });

  it("runs, and a trial's value is the mean over its folds", async () => {
    const { code, out } = await hpo('run', at('study.json'));
    expect(code).toBe(0);
    expect(out).toContain('2 of 2: 2 completed; 4 further folds');
    expect(out).toMatch(/with 95 % confidence, over 3 folds of \d+ images, wider because they share training images/);
    const { trials, best } = await shown();
    expect(trials).toHaveLength(6);
    for (const { folds = [], value } of trials.filter(({ source }) => source === 'sampler')) {
      expect(folds).toHaveLength(3);
      expect(value).toBeCloseTo(folds.reduce((sum, fold) => sum + fold.value, 0) / 3, 12);
    }
    const kept = (best.folds ?? []).map(({ trial }) => String(trial)).sort();
    expect(readdirSync(at('study.run', 'trials')).sort()).toEqual(kept);
  });

  it('shows every image as it was predicted by a model that did not see it', async () => {
    const { out } = await hpo('best', at('study.json'), '--json');
    const { confusion } = z.looseObject({ confusion: z.array(z.array(z.number())) }).parse(JSON.parse(out));
    for (const row of confusion) expect(row.reduce((sum, images) => sum + images, 0)).toBe(9);
  });

  it('is written as CSV with its folds', async () => {
    await hpo('report', at('study.json'), '--format', 'csv', '--out', at('trials.csv'));
    const out = bytes('trials.csv').toString();
    const [header = '', ...rows] = out.trim().split(/\r?\n/);
    expect(header).toContain(',folds,fold_of,fold,');
    expect(rows).toHaveLength(6);
  });

  it('makes files of a fold again that were lost', async () => {
    const { best } = await shown();
    const lost = String(best.folds?.at(-1)?.trial);
    const before = bytes('study.run', 'trials', lost, 'best.json');
    rmSync(at('study.run', 'trials', lost), { recursive: true });
    const { code, err } = await hpo('run', at('study.json'));
    expect(code).toBe(0);
    expect(err).toContain(`the weights of trial ${lost} are lost, so it is trained again`);
    expect(bytes('study.run', 'trials', lost, 'best.json')).toEqual(before);
  });

  it('is exported as a model of all images, for the epochs that the folds found', async () => {
    const { code, err } = await hpo('export', at('study.json'), '--out', at('model'));
    expect(code).toBe(0);
    expect(err).toMatch(/training the final model on all \d+ images outside of the test for/);
    const { best } = await shown();
    const configuration: unknown = JSON.parse(bytes('model', 'config.json').toString());
    expect(configuration).toMatchObject({ validation: { folds: 3, repeats: 1, epochs: best.bestEpoch } });
    expect(bytes('model', 'model-card.md').toString()).toContain('## In 3 folds');
    expect(existsSync(at('model', 'checkpoint'))).toBe(false);
  });

  it('is trained from its configuration to the same model, with one look at the test', async () => {
    const { code, out } = await hpo('train', at('model', 'config.json'), '--out', at('again'));
    expect(code).toBe(0);
    expect(out).toContain('test');
    expect(bytes('again', 'weights.bin')).toEqual(bytes('model', 'weights.bin'));
  });

  it('has a report', async () => {
    const { code } = await hpo('report', at('study.json'), '--out', at('report.html'));
    expect(code).toBe(0);
    expect(bytes('report.html').toString()).toMatch(
      /\(over 3 folds of \d+ images, wider because they share training images\)/,
    );
  });
});

it('a study with search.confirm and folds is refused', async () => {
  writeFileSync(at('both.json'), JSON.stringify({ ...study, search: { ...study.search, confirm: {} } }));
  const { code, err } = await hpo('plan', at('both.json'));
  expect(code).toBe(2);
  expect(err).toContain('search.confirm: expected no value with validation.folds');
});

it('folds cannot be changed once trials used them', async () => {
  writeFileSync(at('study.json'), JSON.stringify({ ...study, validation: { folds: 4 } }));
  const { code, err } = await hpo('run', at('study.json'));
  expect(code).toBe(2);
  expect(err).toContain('validation.folds: 3 → 4: finished trials used the old value');
});
