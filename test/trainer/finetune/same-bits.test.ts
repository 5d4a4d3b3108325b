// Real networks whose matrix products come out otherwise on several threads: a trial's numbers stay what they are on one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { TRAINING_DEFAULTS, type TrainingConfiguration } from '../../../src/study/schema/training-schema.js';
import { initialise } from '../../../src/trainer/backbones/initialise.js';
import { getBackbone } from '../../../src/trainer/backbones/registry.js';
import type { Engine } from '../../../src/trainer/engines/engine.js';
import { openEngine } from '../../../src/trainer/engines/open-engine.js';
import { initialHead } from '../../../src/trainer/finetune/head.js';
import { optimizerOf, slotName } from '../../../src/trainer/finetune/optimizers.js';
import {
  type Tail,
  featureShape,
  pooledChannels,
  tailSpecs,
  trainedParameters,
} from '../../../src/trainer/finetune/tail.js';
import { rateName } from '../../../src/trainer/finetune/tail-graphs.js';
import { TailPrograms } from '../../../src/trainer/finetune/tail-programs.js';
import { type HostTensor, sizeOf } from '../../../src/trainer/graph/host-tensor.js';

const [STEPS, BATCH, SIDE, THREADS] = [6, 8, 96, 8] as const;
const backbone = getBackbone('squeezenet1.1');
const tail: Tail = { backbone, inputSize: SIDE, depth: 2, classes: 2 };

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

/** What some steps of a warm-up leave of parameters and slots. */
async function warmUp(options: TrainingConfiguration, threads: number): Promise<ReadonlyMap<string, HostTensor>> {
  const random = RandomStream.of('same bits');
  const weights = initialise(backbone, random);
  const entries = new Map<string, HostTensor>(initialHead(pooledChannels(tail), 2));
  for (const { name } of tailSpecs(tail)) entries.set(name, weights.get(name) as HostTensor);
  const optimizer = optimizerOf(options);
  const trained = trainedParameters(tail);
  for (const { name, shape, role } of trained) {
    const empty = { shape, role, data: new Float32Array(sizeOf(shape)) };
    for (const slot of optimizer.slots) entries.set(slotName(slot, name), empty);
  }
  const state = engine.createState(entries);
  const programs = new TailPrograms(engine, { threads: () => threads, earnedAfter: 0 });
  for (let step = 1; step <= STEPS; step++) {
    const rate = (options.learningRate * (step - 1)) / STEPS;
    const program = await programs.training(tail, BATCH, { optimizer: options, penalties: [], clips: false });
    await program.run(state, {
      features: Float32Array.from({ length: BATCH * sizeOf(featureShape(tail)) }, () => Math.max(0, random.normal())),
      labels: Float32Array.from({ length: BATCH * 2 }, (_, i) => (i % 2 === (i >> 2) % 2 ? 1 : 0)),
      weights: new Float32Array(BATCH).fill(1 / BATCH),
      mask: new Float32Array(BATCH * pooledChannels(tail)).fill(1),
      plainRate: Float32Array.of(rate),
      ...Object.fromEntries(
        trained.map(({ below }) => [rateName(below), Float32Array.of(optimizer.effectiveRate(rate, step))]),
      ),
    });
  }
  const end = await state.read();
  await programs.dispose();
  state.dispose();
  return end;
}

describe('steps on several threads', { timeout: 60_000 }, () => {
  it.each<Partial<TrainingConfiguration>>([
    { optimizer: 'sgd', momentum: 0.9, learningRate: 0.01 },
    { optimizer: 'rmsprop', momentum: 0, learningRate: 1e-3 },
    { optimizer: 'adam', learningRate: 1e-3 },
  ])('leave what they leave on one: $optimizer', async (changes) => {
    const options = { ...TRAINING_DEFAULTS, ...changes };
    const [alone, wide] = [await warmUp(options, 1), await warmUp(options, THREADS)];
    for (const [name, { data }] of alone) {
      expect(Buffer.from(data.buffer).equals(Buffer.from(wide.get(name)?.data.buffer as ArrayBuffer)), name).toBe(true);
    }
  });
});
