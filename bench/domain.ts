// Adaptation to another domain on drawn signs: clear weather with labels, night, rain and fog without. Prints the macro F1 on target images that
// no training saw, of the last epoch: source only, BatchNorm statistics, adversarial, both, and trained with the target's labels.
// Usage: npx tsx bench/domain.ts [--backbone mobilenetv3small] [--size 96] [--depth 3] [--epochs 8] [--seeds 5] [--set adversarial=0.3,learningRate=1e-3]
// [--only adversarial]
// The seeds are 101 and up; --tuning takes those from 1, by which the settings were chosen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TRAINING_DEFAULTS, type TrainingConfiguration } from '../src/study/schema/training-schema.js';
import { indexDrawn } from '../src/images/indexing/index-drawn.js';
import { type ImageIndex, withTarget } from '../src/images/indexing/image-index.js';
import { createTrain } from '../src/trainer/cnn-trainer.js';
import type { Weather } from '../src/images/drawn/drawn-data.js';

const { values } = parseArgs({
  options: {
    backbone: { type: 'string', default: 'mobilenetv3small' },
    weights: { type: 'string' },
    depth: { type: 'string', default: '3' },
    epochs: { type: 'string', default: '8' },
    seeds: { type: 'string', default: '5' },
    set: { type: 'string', default: 'learningRate=3e-4,adversarial=0.1' },
    only: { type: 'string', default: '' },
    tuning: { type: 'boolean', default: false },
    difficulty: { type: 'string', default: '0.3' },
    size: { type: 'string', default: '96' },
    cache: { type: 'string' },
  },
});

const DARK: readonly Weather[] = ['night', 'rain', 'fog'];
const PER_CLASS = { train: 48, validation: 24, test: 0 };
const TARGET = { unlabelled: 48, validation: 60, test: 0 };

/** Other images for each seed, so that the mean is also over images. */
function imagesOf(seed: number): { readonly source: ImageIndex; readonly labelled: ImageIndex } {
  const about = { family: 'traffic-signs', perClass: PER_CLASS, seed, difficulty: Number(values.difficulty) } as const;
  const target = { weather: DARK, perClass: TARGET };
  const source = indexDrawn({ ...about, weather: ['clear'] }, target);
  const dark = indexDrawn({ ...about, weather: DARK }, target);
  if (source.target === undefined) throw new Error('expected a target');
  return { source, labelled: withTarget(dark, source.target) };
}

const settings = Object.fromEntries(
  values.set
    .split(',')
    .filter((one) => one !== '')
    .map((one) => one.split('='))
    .map(([name, value]) => [name, Number.isNaN(Number(value)) ? value : Number(value)]),
) as Partial<TrainingConfiguration>;
const common: Partial<TrainingConfiguration> = {
  ...TRAINING_DEFAULTS,
  unfreezeDepth: Number(values.depth),
  epochs: Number(values.epochs),
  headEpochs: Number(values.depth) === 0 ? 0 : 2,
  augmentation: 'none',
  ...settings,
};
const adversarial = settings.adversarial ?? 0.1;

interface Variant {
  readonly name: string;
  readonly training: Partial<TrainingConfiguration>;
  readonly isLabelled?: boolean;
}

const VARIANTS: readonly Variant[] = [
  { name: 'source only', training: { adversarial: 0 } },
  { name: 'BatchNorm statistics', training: { adversarial: 0, batchNormStatistics: 'target' } },
  { name: 'adversarial', training: { adversarial } },
  { name: 'both', training: { adversarial, batchNormStatistics: 'target' } },
  { name: 'labels of the target', training: { adversarial: 0 }, isLabelled: true },
];

interface Score {
  readonly target: number;
  readonly source: number;
  readonly seconds: number;
}

let trials = 0;
const scratch = mkdtempSync(join(tmpdir(), 'hpo-bench-domain-'));

async function score({ training, isLabelled = false }: Variant, seed: number): Promise<Score> {
  const { source, labelled } = imagesOf(seed);
  const train = await createTrain({
    study: 'domain',
    index: isLabelled ? labelled : source,
    resize: 'crop',
    backbone: { name: values.backbone, inputSize: Number(values.size), weights: values.weights },
    training: { ...common, ...training },
    objective: { metric: 'macroF1', direction: 'maximize' },
    seed,
    engine: 'onnx',
    reuse: true,
    memory: 2e9,
    cache: values.cache ?? join(scratch, 'cache'),
    maxDepth: Number(values.depth),
  });
  const directory = join(scratch, 'trials', String(trials++));
  const context = { signal: new AbortController().signal, slot: 0, log: () => {}, progress: () => {}, share: () => 1 };
  const began = process.cpuUsage();
  try {
    let last: Readonly<Record<string, number>> = {};
    const assignment = { trial: 0, parameters: {}, seed, directory, reported: 0 };
    for await (const { metrics } of train(assignment, context)) last = metrics;
    const { user, system } = process.cpuUsage(began);
    return { target: last['target/macroF1'] ?? NaN, source: last['macroF1'] ?? NaN, seconds: (user + system) / 1e6 };
  } finally {
    await train.dispose();
  }
}

const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => (values.tuning ? 1 : 101) + i);
const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
console.log(`${values.backbone}, unfreezeDepth ${values.depth}, ${values.epochs} epochs, seeds ${seeds.join(', ')}`);
console.log(`${'macro F1'.padEnd(22)} target  source  cpu s   target by seed`);
try {
  for (const variant of VARIANTS) {
    if (!variant.name.includes(values.only)) continue;
    const scores: Score[] = [];
    for (const seed of seeds) scores.push(await score(variant, seed));
    const column = (pick: (one: Score) => number, digits: number): string => mean(scores.map(pick)).toFixed(digits);
    const bySeed = scores.map(({ target }) => target.toFixed(3)).join(' ');
    const cells = [column((one) => one.target, 4), column((one) => one.source, 4), column((one) => one.seconds, 1)];
    console.log(`${variant.name.padEnd(22)} ${cells.join('  ')}   ${bySeed}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
