// Several kept trials in one ONNX file: what it says is the mean of what the trials said, at the temperature that its metadata name.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStudy } from '../../src/app/files/read-study.js';
import { exportStudy } from '../../src/app/export-study.js';
import type { StudyInput } from '../../src/app/files/study-file.js';
import { openOnnxClassifier } from '../../src/app/model/open-classifier.js';
import { runStudy } from '../../src/app/run-study.js';
import { readMetadata } from '../../src/graph/onnx/model.js';
import { sourceOf } from '../../src/images/indexing/image-index.js';
import { indexDrawn } from '../../src/images/indexing/index-drawn.js';
import { readPixels } from '../../src/images/pixels.js';
import { meanAtTemperature } from '../../src/metrics/calibration.js';
import { must } from '../../src/system/must.js';

const perClass = { train: 4, validation: 3, test: 0 };
const definition: StudyInput = {
  data: { drawn: { family: 'traffic-signs', perClass, seed: 3 } },
  backbone: { name: 'quicknet' },
  space: {
    unfreezeDepth: { type: 'choice', values: [0, 1, 2] },
    learningRate: { type: 'choice', values: [1e-3, 5e-3] },
  },
  search: { strategy: 'grid', trials: 6, keep: 5 },
  pruner: { type: 'none' },
  training: { epochs: 2, headEpochs: 1, batchSize: 16 },
  resources: { workers: 1, engine: 'onnx' },
};

const folder = mkdtempSync(join(tmpdir(), 'hpo-ensemble-'));
afterAll(() => rmSync(folder, { recursive: true }));

let run = '';
beforeAll(async () => {
  ({ run } = await runStudy(definition, { directory: folder }));
}, 120_000);

describe('an ensemble', () => {
  it('gives the mean of its trials at the temperature of the export', async () => {
    const out = join(folder, 'model');
    const { ensemble, calibration } = await exportStudy(run, { out, ensemble: 3, calibrate: true });
    const { members } = must(ensemble, 'an ensemble');
    const { temperature, isApplied } = must(calibration, 'a calibration');
    expect(isApplied).toBe(true);
    expect(members.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
    const expected = meanAtTemperature(members, 8, temperature);
    const index = indexDrawn({ family: 'traffic-signs', perClass, seed: 3 });
    const classifier = await openOnnxClassifier(join(out, 'model.onnx'), 'onnx');
    for (const [i, entry] of index.splits.validation.entries()) {
      const pixels = await readPixels(sourceOf(index, 'validation', entry), classifier.inputSize);
      const said = await classifier.probabilities(pixels);
      said.forEach((value, k) => expect(value).toBeCloseTo(expected[i * 8 + k] ?? NaN, 3));
    }
    await classifier.close();
    const metadata = readMetadata(readFileSync(join(out, 'model.onnx')));
    expect(Number(metadata.get('temperature'))).toBeCloseTo(temperature, 3);
    expect(metadata.get('ensemble')).toContain('"share"');
    expect(existsSync(join(out, 'config.json'))).toBe(false);
    expect(readFileSync(join(out, 'model-card.md'), 'utf8')).toContain('mean of the probabilities');
  });

  it('computes once what its trials have in common', async () => {
    const out = join(folder, 'shared');
    const { ensemble } = await exportStudy(run, { out, ensemble: 3 });
    const alone = join(folder, 'alone');
    await exportStudy(run, { out: alone, formats: ['onnx'] });
    const [several, one] = [out, alone].map((place) => readFileSync(join(place, 'model.onnx')).length);
    const count = ensemble?.members.length ?? 1;
    expect(several).toBeLessThan(1 + 0.9 * count * (one ?? 0));
  });

  it('is refused as a network of layers, of one trial, and where nothing was kept beside the best', async () => {
    const out = join(folder, 'refused');
    const refused = (options: object): Promise<unknown> => exportStudy(run, { out, ensemble: 3, ...options });
    await expect(refused({ formats: ['tfjs'] })).rejects.toThrow(
      'expected format onnx or python for an ensemble, got tfjs',
    );
    await expect(refused({ ensemble: 1 })).rejects.toThrow('expected a whole number of 2 or more');
    const { layout, history } = await readStudy(run);
    for (const { number } of history.trials) {
      if (number !== history.best?.number)
        rmSync(join(layout.trials, String(number)), { recursive: true, force: true });
    }
    await expect(refused({})).rejects.toThrow('"search": { "keep": 5 }');
    expect(existsSync(out)).toBe(false);
  });
});

it('an export of one trial has its own numbers unless it is calibrated', async () => {
  const plain = await exportStudy(run, { out: join(folder, 'plain'), formats: ['onnx'] });
  expect(plain.calibration?.isApplied).toBe(false);
  const metadata = readMetadata(readFileSync(join(folder, 'plain', 'model.onnx')));
  expect(metadata.has('temperature')).toBe(false);
});

it('a calibrated export says so, and which figures are those without the temperature', async () => {
  const out = join(folder, 'calibrated');
  const { calibration } = await exportStudy(run, { out, formats: ['onnx', 'page'], calibrate: true });
  expect(calibration?.isApplied).toBe(true);
  const card = readFileSync(join(out, 'model-card.md'), 'utf8');
  expect(card).toMatch(/Its logits are divided by [\d.]+, fitted to the validation images/);
  expect(card).toContain('The log loss above, and the confidence in mistakes, are those without it.');
  expect(card).toContain('makes this model again, without its temperature.');
  const page = readFileSync(join(out, 'page.html'), 'utf8');
  expect(page).toContain('its probabilities are calibrated on the validation images.');
  expect(page).not.toContain('not calibrated');
});
