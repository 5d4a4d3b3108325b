// Recorded fine-tunings in the fields of a study: configurations, learning curves, seconds.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { RandomStream } from '../../src/math/random.js';
import type { Domains, Parameters, Scalar } from '../../src/study/parameters.js';
import { must } from '../../src/system/must.js';

/** One run that was trained in full. */
export interface RecordedRun {
  readonly parameters: Parameters;
  /** Validation accuracy in percent, by epoch. */
  readonly accuracy: readonly number[];
  /** Of each epoch. */
  readonly seconds: readonly number[];
}

export interface RecordedSet {
  readonly name: string;
  readonly runs: readonly RecordedRun[];
}

const configuration = z.object({
  model: z.string(),
  learningRate: z.number(),
  batchSize: z.number(),
  percentFrozen: z.number(),
  dropout: z.number(),
  weightDecay: z.number(),
  optimizer: z.string(),
  schedule: z.string(),
  augmentation: z.string(),
  linearProbing: z.number(),
  mixup: z.number(),
  cutmix: z.number(),
  labelSmoothing: z.number(),
  layerDecay: z.number(),
});
const file = z.object({
  datasets: z.record(
    z.string(),
    z.array(z.object({ config: configuration, accuracy: z.array(z.number()), cost: z.array(z.number()) })),
  ),
});

/** Epochs of a full run. Some end a few epochs early; their last value stands for the rest. */
export const EPOCHS = 50;
const SHORTEST = 45;
/** Data sets with fewer full runs say little. */
const FEWEST_RUNS = 40;

/** The full runs of each data set of a file such as shared/benchmarks/finetuning-curves.json. */
export function readRecordedRuns(path: string): RecordedSet[] {
  const { datasets } = file.parse(JSON.parse(readFileSync(path, 'utf8')));
  return Object.entries(datasets)
    .map(([name, runs]) => ({
      name,
      runs: runs
        .filter(({ accuracy }) => accuracy.length >= SHORTEST && accuracy.every(Number.isFinite))
        .map(({ config, accuracy, cost }) => ({
          parameters: parametersOf(config),
          accuracy: filled(accuracy),
          seconds: filled(cost).map((seconds) => Math.max(seconds, 1e-3)),
        })),
    }))
    .filter(({ runs }) => runs.length >= FEWEST_RUNS);
}

/** In the fields of study.json where it has them; `unfrozenShare` and `linearProbing` are those of the recording. */
function parametersOf(config: z.output<typeof configuration>): Parameters {
  const { layerDecay, percentFrozen, model, augmentation, ...same } = config;
  return {
    ...same,
    backbone: model,
    augmentation: augmentation.toLowerCase(),
    unfrozenShare: Number((1 - percentFrozen).toFixed(2)),
    blockDecay: layerDecay > 0 ? layerDecay : 1,
  };
}

function filled(values: readonly number[]): number[] {
  return Array.from({ length: EPOCHS }, (_, i) => values[Math.min(i, values.length - 1)] ?? NaN);
}

/** Those whose values are names. */
const NOMINAL = new Set(['backbone', 'optimizer', 'schedule', 'augmentation']);

/** The space that all recorded configurations lie in: every field a choice among the recorded values. */
export function recordedDomains(sets: readonly RecordedSet[]): Domains {
  const runs = sets.flatMap((set) => set.runs);
  const names = Object.keys(must(runs[0], 'a recorded run').parameters);
  return Object.fromEntries(
    names.map((name) => {
      const values = [...new Set(runs.map(({ parameters }) => must(parameters[name], 'a recorded value')))].sort(
        ascending,
      );
      return [name, { type: 'choice', values, ordinal: !NOMINAL.has(name) && values.length > 1 }];
    }),
  );
}

function ascending(a: Scalar, b: Scalar): number {
  return a < b ? -1 : Number(a > b);
}

/** So many different runs in random order, or all where there are fewer. */
export function drawRuns({ runs }: RecordedSet, size: number, random: RandomStream): RecordedRun[] {
  return [...random.permutation(runs.length).slice(0, size)].map((i) => must(runs[i], 'a recorded run'));
}
