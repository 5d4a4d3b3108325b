// Real networks whose matrix products come out otherwise on several threads: a trial's numbers stay what they are on one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { TRAINING_DEFAULTS, type TrainingConfiguration } from '../../../src/study/schema/training-schema.js';
import { initialise } from '../../../src/backbones/initialise.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import type { Engine } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { initialHead } from '../../../src/trainer/finetune/head.js';
import { optimizerOf, slotName } from '../../../src/trainer/finetune/optimizers.js';
import { type Tail, pooledChannels, tailSpecs, trainedParameters } from '../../../src/trainer/finetune/tail.js';
import type { Steps } from '../../../src/trainer/finetune/epoch-steps.js';
import { takeSteps } from '../../../src/trainer/finetune/training-epoch.js';
import { rateName } from '../../../src/trainer/finetune/tail-graphs.js';
import { TailPrograms } from '../../../src/trainer/finetune/tail-programs.js';
import { type HostTensor, sizeOf } from '../../../src/graph/host-tensor.js';
import { toyBench } from './support/toy-bench.js';

const [STEPS, BATCH, SIDE, THREADS] = [6, 8, 96, 8] as const;
const backbone = getBackbone('squeezenet1.1');
const tail: Tail = { backbone, inputSize: SIDE, depth: 2, classes: 2 };

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

/** What some steps of a warm-up leave of parameters and slots. */
async function warmUp(
  options: TrainingConfiguration,
  threads: number,
  chains: boolean,
): Promise<ReadonlyMap<string, HostTensor>> {
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
  let taken = 0;
  const steps: Steps = {
    options: { optimizer: options, penalties: [], clips: false },
    get size() {
      return taken < STEPS ? BATCH : undefined;
    },
    get inARow() {
      return chains ? STEPS - taken : 1;
    },
    fill(feeds, ahead = 0) {
      const rate = (options.learningRate * (taken + ahead)) / STEPS;
      const fill = (name: string, value: (i: number) => number): void =>
        feeds[name]?.forEach((_, i, array) => (array[i] = value(i)));
      fill('features', () => Math.max(0, random.normal()));
      fill('labels', (i) => (i % 2 === (i >> 2) % 2 ? 1 : 0));
      fill('weights', () => 1 / BATCH);
      fill('mask', () => 1);
      fill('plainRate', () => rate);
      for (const { below } of trained) fill(rateName(below), () => optimizer.effectiveRate(rate, taken + ahead + 1));
      return Promise.resolve();
    },
    took: () => taken++,
  };
  await takeSteps({ ...toyBench(engine), programs }, { tail }, state, steps);
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
    const alone = await warmUp(options, 1, false);
    for (const chains of [false, true]) {
      const wide = await warmUp(options, THREADS, chains);
      for (const [name, { data }] of alone) {
        const bytes = Buffer.from(wide.get(name)?.data.buffer as ArrayBuffer);
        expect(Buffer.from(data.buffer).equals(bytes), `${name}, chains: ${chains}`).toBe(true);
      }
    }
  });
});
