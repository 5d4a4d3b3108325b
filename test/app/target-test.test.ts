// A study that is judged on another domain: `hpo train` looks at the target's test images, and cards say which figures are of which images.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { exportStudy } from '../../src/app/export-study.js';
import type { StudyInput } from '../../src/app/files/study-file.js';
import { runStudy } from '../../src/app/run-study.js';
import { trainModel } from '../../src/app/train-model.js';
import { must } from '../../src/system/must.js';

const folder = mkdtempSync(join(tmpdir(), 'hpo-target-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const definition: StudyInput = {
  data: {
    drawn: { family: 'traffic-signs', perClass: { train: 4, validation: 3, test: 2 }, weather: ['clear'] },
    target: { weather: ['night'], perClass: { unlabelled: 0, validation: 2, test: 5 } },
  },
  backbone: { name: 'quicknet', weights: 'random', inputSize: 32 },
  objective: { metric: 'target/macroF1' },
  space: { learningRate: { type: 'choice', values: [1e-3] } },
  search: { strategy: 'grid', trials: 1 },
  pruner: { type: 'none' },
  training: { epochs: 2, headEpochs: 1, batchSize: 16 },
  resources: { workers: 1, engine: 'onnx' },
};

it('trains, tests on both domains, and names the images of each figure', async () => {
  const { run } = await runStudy(definition, { directory: folder });
  const out = join(folder, 'model');
  await exportStudy(run, { out, formats: ['onnx'] });
  const exported = readFileSync(join(out, 'model-card.md'), 'utf8');
  // Eight classes with 3 and with 2 images each: the matrix is of the target's.
  expect(exported).toMatch(/## On the validation images\n[^]*## On the target validation images\n[^]*\| images \|/);
  expect(exported.split('## On the target validation images')[0]).not.toContain('| images |');

  const result = must(await trainModel(join(out, 'config.json'), { out: join(folder, 'trained') }), 'a model');
  expect(result.test).toMatchObject({ split: 'test', images: 16, interval: { metric: 'macroF1' } });
  expect(result.targetTest).toMatchObject({ split: 'targetTest', images: 40, interval: { metric: 'target/macroF1' } });
  const difference =
    must(result.targetTest?.metrics['macroF1'], 'a test figure') -
    must(result.best.metrics['target/macroF1'], 'a figure');
  expect(result.expectation?.difference.value).toBeCloseTo(difference, 6);
  const card = readFileSync(join(folder, 'trained', 'model-card.md'), 'utf8');
  for (const images of ['validation', 'target validation', 'test', 'target test']) {
    expect(card).toContain(`## On the ${images} images\n`);
  }
  expect(card).not.toContain('NaN');
}, 120_000);
