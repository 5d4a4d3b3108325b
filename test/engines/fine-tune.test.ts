// A whole trial of two epochs on every engine, the head alone and then with unfrozen blocks: what it reports and keeps agrees with plain JavaScript.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { TrainingConfiguration } from '../../src/study/schema/training-schema.js';
import type { Report } from '../../src/study/trial.js';
import type { Engine } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { fineTune } from '../../src/trainer/finetune/trial.js';
import type { HostTensor } from '../../src/graph/host-tensor.js';
import { readSafetensors } from '../../src/backbones/weights/safetensors.js';
import { toyBench, toyPlan } from '../trainer/finetune/support/toy-bench.js';
import { expectClose } from './close.js';
import { describeEngines, loadEngines } from './tested-engines.js';

/** Relative to the largest number of a tensor: each engine sums 32-bit numbers in an order of its own, and updates carry it on. */
const TOLERANCE = 1e-4;

const TRIALS: readonly [string, Partial<TrainingConfiguration>][] = [
  ['Adam, dropout and L2', { optimizer: 'adam', dropout: 0.3, l2: 1e-3 }],
  ['Nesterov momentum, mixup and clipping', { optimizer: 'sgd', nesterov: true, mixup: 0.3, clipNorm: 0.5 }],
];

interface Outcome {
  readonly epochs: readonly Report['metrics'][];
  /** Of the last checkpoint, slots of the optimizer included. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

async function train(engine: Engine, options: Partial<TrainingConfiguration>): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'hpo-conformance-'));
  try {
    // Every look at the clock is an hour later than the last, so that every epoch is saved.
    let time = 0;
    const bench = toyBench(engine, () => (time += 3_600_000));
    const epochs: Report['metrics'][] = [];
    const plan = toyPlan(directory, { epochs: 2, headEpochs: 1, unfreezeDepth: 2, ...options });
    for await (const { metrics } of fineTune(bench, plan)) epochs.push(metrics);
    await bench.programs.dispose();
    const { tensors } = await readSafetensors(join(directory, 'checkpoint.safetensors'));
    return { epochs, tensors };
  } finally {
    await rm(directory, { recursive: true });
  }
}

const engines = await loadEngines();

describeEngines(engines, (engine) => {
  const references = new Map<string, Outcome>();
  beforeAll(async () => {
    const cpu = await openEngine('cpu');
    for (const [name, options] of TRIALS) references.set(name, await train(cpu, options));
    await cpu.dispose();
  });

  it.each(TRIALS)('fine-tunes as the plain JavaScript engine does: %s', async (name, options) => {
    const expected = references.get(name) as Outcome;
    const { epochs, tensors } = await train(engine, options);
    expect(epochs.map((metrics) => Object.keys(metrics))).toEqual(
      expected.epochs.map((metrics) => Object.keys(metrics)),
    );
    expected.epochs.forEach((metrics, epoch) => {
      for (const [metric, value] of Object.entries(metrics)) {
        expectClose(Float32Array.of(epochs[epoch]?.[metric] as number), Float32Array.of(value), TOLERANCE, metric);
      }
    });
    expect([...tensors.keys()]).toEqual([...expected.tensors.keys()]);
    for (const [tensor, { data }] of expected.tensors) expectClose(tensors.get(tensor)?.data, data, TOLERANCE, tensor);
    // The unfrozen blocks did move.
    const start = toyBench(engine).weights.get('conv3/kernel')?.data;
    expect(expected.tensors.get('conv3/kernel')?.data).not.toEqual(start);
  });
});
