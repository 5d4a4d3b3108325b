// Exported models of the campaign's own.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { CaseContext } from '../check.js';
import { expectEnd, hpoHere } from './hpo.js';
import { writeStudy } from './studies.js';

/** What there is to read: one model, one of several labels with their thresholds, a mean of several with a temperature. */
export const EXPORTS = ['plain', 'labels', 'ensemble'] as const;
export type Export = (typeof EXPORTS)[number];

const COMMON = {
  backbone: { name: 'quicknet', inputSize: 32 },
  space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2 } },
  training: { epochs: 2, headEpochs: 1, unfreezeDepth: 0, augmentation: 'none' },
  resources: { workers: 1, engine: 'onnx' },
};
const DRAWN = { drawn: { family: 'traffic-signs', perClass: { train: 2, validation: 1 } } };

const STUDIES = {
  plain: { ...COMMON, name: 'exported', data: DRAWN, search: { strategy: 'random', trials: 1 } },
  labels: {
    ...{ ...COMMON, name: 'labels', search: { strategy: 'random', trials: 1 } },
    data: {
      ...{ table: 'labels.csv', images: 'images', validationSplit: 0.4 },
      ...{ columns: { file: 'file' }, labels: ['boat', 'car'] },
    },
  },
  ensemble: {
    ...{ ...COMMON, name: 'ensemble', data: DRAWN },
    search: { strategy: 'random', trials: 3, keep: 3 },
    pruner: { type: 'none' },
  },
} as const;

const OPTIONS: Readonly<Record<Export, readonly string[]>> = {
  plain: ['--format', 'tfjs,onnx'],
  labels: ['--format', 'onnx'],
  ensemble: ['--format', 'onnx', '--ensemble', '3', '--calibrate'],
};

/** The folder of a model that works, made once. */
export async function exportedModel({ shared, step }: CaseContext, kind: Export = 'plain'): Promise<string> {
  const model = join(shared, `model-${kind}`);
  if (existsSync(model)) return model;
  const folder = join(shared, `exported-${kind}`);
  const file = writeStudy(folder, STUDIES[kind]);
  if (kind === 'labels') await writeLabelled(folder);
  for (const args of [
    ['run', file, '--plain'],
    ['export', file, '--out', model, ...OPTIONS[kind]],
  ]) {
    step(`hpo ${args[0]} of the study for a ${kind} model`);
    expectEnd(await hpoHere(...args), [0], `hpo ${args[0]} of the study for a ${kind} model`);
  }
  return model;
}

/** Twelve images in a table: each colour is a label. */
async function writeLabelled(folder: string): Promise<void> {
  mkdirSync(join(folder, 'images'), { recursive: true });
  const rows = ['file,boat,car'];
  for (let i = 0; i < 12; i++) {
    const [boat, car] = [i % 2, i % 3 === 0 ? 1 : 0];
    const background = { r: 200 * boat, g: 10 * i, b: 200 * car };
    await sharp({ create: { width: 32, height: 32, channels: 3, background } })
      .png()
      .toFile(join(folder, 'images', `${i}.png`));
    rows.push(`${i}.png,${boat},${car}`);
  }
  writeFileSync(join(folder, 'labels.csv'), rows.join('\n'));
}
