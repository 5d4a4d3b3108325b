// The command line with images of another domain: counted, scored, the objective, looked at once by train, and in the right pictures.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hpo, temporaryFolder } from './support.js';

const study = {
  name: 'night',
  data: {
    drawn: {
      family: 'traffic-signs',
      perClass: { train: 4, validation: 2, test: 2 },
      difficulty: 0,
      weather: ['clear'],
    },
    target: { weather: ['night'], perClass: { unlabelled: 4, validation: 3, test: 2 } },
  },
  backbone: { name: 'quicknet', inputSize: 32 },
  objective: { metric: 'target/macroF1' },
  space: { adversarial: { type: 'choice', values: [0, 0.1] } },
  search: { strategy: 'grid', trials: 2 },
  training: { epochs: 2, unfreezeDepth: 0, batchSize: 16, learningRate: 0.01, batchNormStatistics: 'target' },
  resources: { workers: 1, engine: 'onnx' },
};

const folder = temporaryFolder({ 'study.json': study });
const at = (...path: string[]): string => join(folder.path, ...path);
const read = (...path: string[]): string => readFileSync(at(...path), 'utf8');
beforeAll(() => {
  process.env['HPO_CACHE'] = at('cache');
});
afterAll(() => {
  delete process.env['HPO_CACHE'];
  folder.remove();
});

const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

it('plan counts the images of the target, and names a field that changes nothing', async () => {
  const { code, out } = await hpo('plan', at('study.json'));
  expect(code).toBe(0);
  expect(out).toMatch(/another domain[^]*32 images to adapt to; no label of theirs is read/);
  expect(out).toMatch(/24 labelled images for the target scores[^]*16 labelled images for hpo train/);
  expect(out).toContain("batchNormStatistics 'target' changes nothing with quicknet");
  expect(out).toContain('only 24 target validation images');
});

it('show, best and report tell the scores of both domains', async () => {
  const { code, err } = await hpo('run', at('study.json'));
  expect([code, err]).toEqual([0, expect.stringContaining('changes nothing with quicknet')]);
  const shown = (await hpo('show', at('study.json'))).out;
  expect(shown).toMatch(/best +trial \d: target\/macroF1 [^]*over the 24 target validation images/);
  expect(shown).toMatch(/domain +macroF1 \d\.\d{4} at the same epoch/);
  const best = (await hpo('best', at('study.json'))).out;
  expect(best).toMatch(/^ +target\/accuracy +\d\.\d{4}$/m);
  expect(best).toContain('most confidently wrong target validation images');
  expect((await hpo('report', at('study.json'))).code).toBe(0);
  const page = read('study.run/report.html');
  expect(page).toContain('32 unlabelled and 24 labelled images of another domain');
  expect(page).toContain('Of the target validation images, those that the best model');
  expect(page).not.toContain('image not found');
});

it('best.json is made again of the images of the target', async () => {
  const { number } = parsed((await hpo('best', at('study.json'), '--json')).out);
  const file = at('study.run/trials', String(number), 'best.json');
  const before = parsed(readFileSync(file, 'utf8'));
  expect(before).toMatchObject({ split: 'targetValidation', images: 24, interval: { metric: 'target/macroF1' } });
  rmSync(file);
  const { code, err } = await hpo('run', at('study.json'));
  expect([code, err]).toEqual([0, expect.stringContaining('is made again')]);
  const again = parsed(readFileSync(file, 'utf8'));
  expect(again).toMatchObject({ split: 'targetValidation', images: 24, interval: before['interval'] });
});

it('train looks at the test images of both domains, once, and says so everywhere', async () => {
  expect((await hpo('export', at('study.json'), '--out', at('model'))).code).toBe(0);
  expect(parsed(read('model/metrics.json'))).toMatchObject({ split: 'targetValidation' });
  expect(read('model/model-card.md')).toContain('32 whose labels were not read, 24 labelled ones to choose by, 16');
  const { code, out } = await hpo('train', at('model/config.json'), '--out', at('trained'));
  expect(code).toBe(0);
  for (const line of [/^validation +macroF1 0/m, /^target +macroF1 0/m, /^test +macroF1 .* 16 images$/m]) {
    expect(out).toMatch(line);
  }
  expect(out).toMatch(/^target test +macroF1 .* 16 images$/m);
  const { results } = JSON.parse(read('trained/metrics.json')) as { results: { split: string; images?: number }[] };
  expect(results.map(({ split }) => split)).toEqual(['validation', 'targetValidation', 'test', 'targetTest']);
  expect(results[3]).toMatchObject({ images: 16, interval: { metric: 'target/macroF1' } });
  const card = read('trained/model-card.md');
  for (const title of ['target validation', 'test', 'target test']) expect(card).toContain(`## On the ${title} images`);
  expect(card).toContain('chosen by the target validation images; the test images were used once');
});

it('a score of the source is shown with that of the target, and tests of the target alone are enough', async () => {
  const data = { drawn: { ...study.data.drawn, perClass: { train: 4, validation: 2 } }, target: study.data.target };
  writeFileSync(
    at('source.json'),
    JSON.stringify({ ...study, name: 'source', data, objective: { metric: 'macroF1' } }),
  );
  expect((await hpo('run', at('source.json'))).code).toBe(0);
  expect((await hpo('show', at('source.json'))).out).toMatch(/domain +target\/macroF1 \d\.\d{4} at the same epoch/);
  expect((await hpo('export', at('source.json'), '--out', at('other'))).code).toBe(0);
  const { out } = await hpo('train', at('other/config.json'), '--json', '--out', at('again'));
  const ended = parsed(out.trim().split('\n').at(-1) ?? '');
  expect(ended).toMatchObject({ type: 'ended', test: null, targetTest: { split: 'targetTest', images: 16 } });
  expect(existsSync(at('again/model.onnx'))).toBe(true);
});
