// Whole trials of a linear head over made-up features in memory, one by one or batched.
import { ArrayPool } from '../../src/system/array-pool.js';
import { join } from 'node:path';
import { RandomStream } from '../../src/math/random.js';
import { TRAINING_DEFAULTS } from '../../src/study/schema/training-schema.js';
import type { Report } from '../../src/study/trial.js';
import type { ImageEntry, ImageIndex } from '../../src/images/indexing/image-index.js';
import type { Engine } from '../../src/engines/engine.js';
import { FeatureCounter, TrialWork } from '../../src/features/feature-counter.js';
import type { FeatureSource } from '../../src/features/features.js';
import { CheckpointFiles } from '../../src/trainer/finetune/checkpoint.js';
import { Importances } from '../../src/trainer/finetune/importance.js';
import { TrialBatch } from '../../src/trainer/finetune/batched-trials.js';
import { TailPrograms } from '../../src/trainer/finetune/tail-programs.js';
import { fineTune } from '../../src/trainer/finetune/trial.js';
import type { Workbench } from '../../src/trainer/finetune/workbench.js';
import { evaluateModel, splitMetrics } from '../../src/trainer/evaluation.js';
import { backboneOf } from './head-steps.js';

const IMAGES = { train: 256, validation: 160, test: 0 };
const RATES = [1e-4, 3e-4, 1e-3, 3e-3];
const DROPOUTS = [0.1, 0.2, 0.4, 0.6];
const PENALTIES = [1e-6, 1e-5, 1e-4, 1e-3];

export function headBench(engine: Engine, { channels, classes }: { channels: number; classes: number }): Workbench {
  const index = indexOf(classes);
  const objective = { metric: 'macroF1', direction: 'maximize' } as const;
  const features = {
    train: featuresOf('train', channels, classes),
    validation: featuresOf('validation', channels, classes),
  };
  const source: FeatureSource = {
    open(_, { split }) {
      const all = features[split as 'train' | 'validation'];
      return Promise.resolve({
        shape: [channels],
        images: all.length / channels,
        gather(positions, into) {
          for (let i = 0; i < positions.length; i++) {
            const from = (positions[i] as number) * channels;
            into.set(all.subarray(from, from + channels), i * channels);
          }
          return Promise.resolve();
        },
      });
    },
  };
  return {
    engine,
    backbone: backboneOf(channels),
    inputSize: 16,
    weights: new Map(),
    features: source,
    importances: new Importances({ of: () => source }),
    programs: new TailPrograms(engine),
    arrays: new ArrayPool(),
    labels: Uint32Array.from({ length: IMAGES.train }, (_, i) => i % classes),
    classes,
    objective,
    evaluate: (probabilities) => splitMetrics(index, 'validation', undefined, probabilities),
    evaluateModel: (probabilities) =>
      evaluateModel({ ...objective, index, split: 'validation', seed: 1 }, probabilities),
    work: new TrialWork(new FeatureCounter()),
    now: () => performance.now(),
  };
}

interface TrialsOptions {
  readonly bench: Workbench;
  readonly directory: string;
  readonly batchSize: number;
  readonly width: number;
  readonly trials: number;
}

/** Milliseconds of the processor and of the wall. */
export async function headTrials({ bench, directory, batchSize, width, trials }: TrialsOptions): Promise<number[]> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (let first = 0; first < trials; first += width) {
    const batch = new TrialBatch();
    const running = Array.from({ length: width }, (_, i) => {
      const trial = first + i;
      const configuration = {
        ...TRAINING_DEFAULTS,
        batchSize,
        learningRate: RATES[trial % 4] as number,
        dropout: DROPOUTS[(trial >> 2) % 4] as number,
        l2: PENALTIES[(trial >> 4) % 4] as number,
      };
      const files = new CheckpointFiles(join(directory, String(trial)), '');
      const plan = { identity: { seed: 1, trial }, configuration, files };
      return width === 1 ? fineTune(bench, plan) : fineTune(bench, plan, (...epoch) => batch.trainEpoch(...epoch));
    });
    for (let open = true; open;) {
      const next = await Promise.all(
        running.map((one): Promise<IteratorResult<Report>> => batch.nextReport(() => one.next())),
      );
      open = next.some(({ done }) => done !== true);
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  return [(user + system) / 1000, performance.now() - began];
}

function featuresOf(split: keyof typeof IMAGES, channels: number, classes: number): Float32Array {
  const random = RandomStream.of(split, channels);
  const patterns = Array.from({ length: classes }, (_, k) => RandomStream.of('pattern', k, channels));
  const means = patterns.map((pattern) => Float32Array.from({ length: channels }, () => pattern.normal()));
  return Float32Array.from({ length: IMAGES[split] * channels }, (_, i) => {
    const mean = (means[Math.floor(i / channels) % classes] as Float32Array)[i % channels] as number;
    return Math.max(0, 0.3 * mean + random.normal());
  });
}

function indexOf(classes: number): ImageIndex {
  const entries = (count: number): ImageEntry[] =>
    Array.from({ length: count }, (_, i) => ({ file: String(i), label: i % classes, digest: String(i) }));
  return {
    classes: Array.from({ length: classes }, (_, k) => `class ${k}`),
    splits: { train: entries(IMAGES.train), validation: entries(IMAGES.validation), test: [] },
    origin: { type: 'folders', roots: { train: '', validation: '', test: '' } },
    skipped: [],
    warnings: [],
    digest: '',
  };
}
