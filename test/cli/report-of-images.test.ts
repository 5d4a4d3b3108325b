// The report of a study of images: what lies beside its best trial, and the baseline.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hpo, temporaryFolder } from './support.js';

const folder = temporaryFolder({
  'study.json': {
    name: 'signs',
    data: { drawn: { family: 'traffic-signs', perClass: { train: 4, validation: 4 }, difficulty: 0.4 } },
    backbone: { name: 'quicknet', inputSize: 32 },
    training: { epochs: 3, headEpochs: 1, augmentation: 'none', batchSize: 16 },
    space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' } },
    search: { trials: 2 },
    resources: { workers: 1 },
    baseline: true,
  },
});
const study = join(folder.path, 'study.json');

beforeAll(async () => {
  process.env['HPO_CACHE'] = join(folder.path, 'cache');
  expect((await hpo('run', study, '--plain')).code).toBe(0);
}, 120_000);
afterAll(() => {
  delete process.env['HPO_CACHE'];
  folder.remove();
});

describe('a study with a baseline', () => {
  it('shows it beside the best trial', async () => {
    expect((await hpo('show', study)).out).toMatch(/scratch trial 2: macroF1 0\.\d+ at epoch \d/);
    const { baseline } = JSON.parse((await hpo('best', study, '--json')).out) as { baseline: object };
    expect(baseline).toMatchObject({ trial: 2, state: 'completed' });
  });

  it('trains the best configuration', async () => {
    const { trials } = JSON.parse((await hpo('show', study, '--json')).out) as {
      trials: { source: string; parameters: object }[];
    };
    const { parameters } = JSON.parse((await hpo('best', study, '--json')).out) as { parameters: object };
    expect(trials.map(({ source }) => source)).toEqual(['sampler', 'sampler', 'baseline']);
    expect(trials[2]?.parameters).toEqual(parameters);
  });

  it('reports both, with the interval and pictures of the mistakes', async () => {
    expect((await hpo('report', study)).code).toBe(0);
    const html = readFileSync(join(folder.path, 'study.run/report.html'), 'utf8');
    expect(html).toContain('Does transfer help');
    expect(html).toContain('random weights');
    expect(html).toMatch(/bootstrap over the \d+ validation images/);
    expect(html).toContain('Confidently wrong');
    expect(html).toContain('data:image/');
    expect(html).toContain('where the network looked for');
  });
});
