// Five folds beside one split, on ants-bees: processor time, and how near each value comes to the test: npm run bench -- folds --seeds 1,2,3
// Both searches have the same space, pruner and seed, and the same test images; the split's validation set is as large as a fold's. Each
// begins with an empty feature cache. The winner of each is then trained by `hpo train` and looks at the test once: of the folds on all
// images outside of it, of the split on its training images.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exportStudy } from '../src/app/export-study.js';
import { runStudy } from '../src/app/run-study.js';
import { trainModel } from '../src/app/train-model.js';
import { must } from '../src/system/must.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    trials: { type: 'string', default: '20' },
    epochs: { type: 'string', default: '6' },
    folds: { type: 'string', default: '5' },
    confidence: { type: 'string', default: '0.8' },
    pruner: { type: 'string', default: 'median' },
  },
});
const [trials, epochs, folds, confidence] = [values.trials, values.epochs, values.folds, values.confidence].map(Number);

/** Of all images. A fold of five then has as many for validation as the split. */
const [TEST, VALIDATION] = [0.25, 0.15];
const shared = resolve(import.meta.dirname, '../../shared');
const images = join(shared, 'data/ants-bees');
const weights = join(shared, 'weights/mobilenetv3-small.gguf');
for (const needed of [images, weights]) {
  if (existsSync(needed)) continue;
  console.error(`skipped: ${needed} is not here`);
  process.exit(0);
}

interface Outcome {
  readonly cpuSeconds: number;
  readonly trainings: number;
  readonly epochs: number;
  readonly value: number;
  readonly test: number;
}

const scratch = mkdtempSync(join(tmpdir(), 'hpo-bench-folds-'));
try {
  await compare();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function compare(): Promise<void> {
  const table = writeTable();
  const all: { readonly split: Outcome; readonly folded: Outcome }[] = [];
  for (const seed of values.seeds.split(',').map(Number)) {
    const split = await outcomeOf(`split-${seed}`, studyOf(table, seed));
    const validation = { folds, confidence };
    const folded = await outcomeOf(`folds-${seed}`, { ...studyOf(table, seed), validation });
    all.push({ split, folded });
    console.log(`seed ${seed}: ${(folded.cpuSeconds / split.cpuSeconds).toFixed(2)} times the processor time`);
    for (const [name, one] of Object.entries({ split, folds: folded })) {
      const gap = one.value - one.test;
      console.log(
        `  ${name.padEnd(5)} ${one.cpuSeconds.toFixed(0).padStart(4)} s, ${one.trainings} trainings, ${one.epochs} epochs; value ${one.value.toFixed(4)}, test ${one.test.toFixed(4)}, value − test ${gap.toFixed(4)}`,
      );
    }
  }
  const mean = (of: (one: (typeof all)[number]) => number): number =>
    all.reduce((sum, one) => sum + of(one), 0) / all.length;
  console.log(`mean of ${all.length} seeds`);
  console.log(
    `  processor time: ${(mean((one) => one.folded.cpuSeconds) / mean((one) => one.split.cpuSeconds)).toFixed(2)} times`,
  );
  for (const name of ['split', 'folded'] as const) {
    const gap = mean((one) => one[name].value - one[name].test);
    const distance = mean((one) => Math.abs(one[name].value - one[name].test));
    console.log(
      `  ${name.padEnd(6)} value ${mean((one) => one[name].value).toFixed(4)}, test ${mean((one) => one[name].test).toFixed(4)}, value − test ${gap.toFixed(4)}, its size ${distance.toFixed(4)}`,
    );
  }
}

/** All images in one table, so that the test is drawn anew for each seed. */
function writeTable(): string {
  const rows = ['train', 'val'].flatMap((split) =>
    ['ants', 'bees'].flatMap((label) =>
      readdirSync(join(images, split, label)).map((file) => `${split}/${label}/${file},${label}`),
    ),
  );
  const file = join(scratch, 'labels.csv');
  writeFileSync(file, `file,label\n${rows.join('\n')}\n`);
  return file;
}

function studyOf(table: string, seed: number) {
  return {
    name: 'folds',
    data: { table, images, validationSplit: VALIDATION, testSplit: TEST },
    backbone: { name: 'mobilenetv3small', weights },
    space: {
      learningRate: { type: 'float', min: 1e-4, max: 3e-2, scale: 'log' },
      batchSize: { type: 'choice', values: [8, 16, 32], ordinal: true },
      unfreezeDepth: { type: 'int', min: 0, max: 2 },
      dropout: { type: 'float', min: 0, max: 0.6 },
      augmentation: { type: 'choice', values: ['none', 'flip'] },
    },
    search: { strategy: 'bayesian', prior: 'none', trials: must(trials, 'a number'), seed },
    pruner: { type: values.pruner, minEpochs: 3 },
    training: { epochs: must(epochs, 'a number'), headEpochs: 2 },
    resources: { workers: 1, engine: 'onnx' },
  };
}

async function outcomeOf(name: string, study: object): Promise<Outcome> {
  const directory = join(scratch, name);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'study.json');
  writeFileSync(file, JSON.stringify(study));
  process.env['HPO_CACHE'] = join(directory, 'cache');
  const before = process.cpuUsage();
  const { best, history } = await runStudy(file);
  const { user, system } = process.cpuUsage(before);
  const model = join(directory, 'model');
  await exportStudy(file, { out: model, formats: ['onnx'] });
  const trained = await trainModel(join(model, 'config.json'), { formats: ['onnx'] });
  return {
    cpuSeconds: (user + system) / 1e6,
    trainings: history.trials.length,
    epochs: history.trials.reduce((sum, { reports }) => sum + reports.length, 0),
    value: must(best?.best, 'a best trial').value,
    test: must(trained?.test?.metrics['macroF1'], 'a test figure'),
  };
}
