// The importance of pre-trained weights against a reference in plain arithmetic, and how often it is found.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import type { FeaturePrecision, TrainingConfiguration } from '../../../src/study/schema/training-schema.js';
import type { Engine } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { importanceOf } from '../../../src/trainer/finetune/importance.js';
import { importanceName } from '../../../src/trainer/finetune/penalties.js';
import { type Tail, featureShape, tailSpecs, trainedParameters } from '../../../src/trainer/finetune/tail.js';
import { importanceGraph } from '../../../src/trainer/finetune/tail-graphs.js';
import { fineTune } from '../../../src/trainer/finetune/trial.js';
import { type HostTensor, sizeOf } from '../../../src/graph/host-tensor.js';
import { TOY_CLASSES, toyBackbone, toyBench, toyPlan } from './support/toy-bench.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

const tailOf = (depth: number): Tail => ({ backbone: toyBackbone, inputSize: 16, depth, classes: TOY_CLASSES });

/** Mean over the images of the squared slope of each channel's mean by its kernel and bias, before scaling. */
async function reference(): Promise<{ kernel: number[][]; bias: number[] }> {
  const bench = toyBench(engine);
  const [height, width, ins] = featureShape(tailOf(1)) as [number, number, number];
  const kernel = bench.weights.get('conv3/kernel') as HostTensor;
  const bias = (bench.weights.get('conv3/bias') as HostTensor).data;
  const outs = kernel.shape[3] as number;
  const places = height * width;
  const block = await bench.features.open(2, { split: 'train', strategy: 'none', number: 0 });
  const total = {
    kernel: Array.from({ length: ins }, () => new Array<number>(outs).fill(0)),
    bias: new Array<number>(outs).fill(0),
  };
  for (let image = 0; image < block.images; image++) {
    // Channels first.
    const x = new Float32Array(ins * places);
    await block.gather([image], x);
    for (let k = 0; k < outs; k++) {
      const slopes = new Array<number>(ins).fill(0);
      let active = 0;
      for (let p = 0; p < places; p++) {
        let z = bias[k] as number;
        for (let c = 0; c < ins; c++) z += (x[c * places + p] as number) * (kernel.data[c * outs + k] as number);
        if (z <= 0) continue;
        active++;
        for (let c = 0; c < ins; c++) slopes[c] = (slopes[c] as number) + (x[c * places + p] as number) / places;
      }
      slopes.forEach((slope, c) => ((total.kernel[c] as number[])[k] = (total.kernel[c]?.[k] as number) + slope ** 2));
      total.bias[k] = (total.bias[k] as number) + (active / places) ** 2;
    }
  }
  return total;
}

describe('importance', () => {
  it('is the mean squared slope of the pooled features, scaled to a mean of one', async () => {
    const { kernel, bias } = await reference();
    const all = [...kernel.flat(), ...bias];
    const mean = all.reduce((a, b) => a + b) / all.length;
    const found = await importanceOf(toyBench(engine), tailOf(1), 3);
    const close = (values: readonly number[]): unknown[] =>
      values.map((value) => expect.closeTo(value / mean, 4) as unknown);
    expect([...(found.get(importanceName('conv3/kernel')) as HostTensor).data]).toEqual(close(kernel.flat()));
    expect([...(found.get(importanceName('conv3/bias')) as HostTensor).data]).toEqual(close(bias));
  });

  it('estimated with random signs is on average the sum over all features', async () => {
    const tail = tailOf(2);
    const bench = toyBench(engine);
    const entry = importanceName('conv2/kernel');
    const program = await engine.compile(importanceGraph(tail));
    const features = Float32Array.from({ length: sizeOf(featureShape(tail)) }, (_, i) => Math.abs(Math.sin(i)));
    const sumOver = async (probes: readonly Float32Array[]): Promise<Float32Array> => {
      const zeros = trainedParameters(tail)
        .filter(({ below }) => below >= 0)
        .map(
          ({ name, shape, role }) =>
            [importanceName(name), { shape, role, data: new Float32Array(sizeOf(shape)) }] as const,
        );
      const weights = tailSpecs(tail).map(({ name }) => [name, bench.weights.get(name) as HostTensor] as const);
      const state = engine.createState(new Map([...weights, ...zeros]));
      for (const signs of probes) await program.run(state, { features, signs });
      const { data } = (await state.read([entry])).get(entry) as HostTensor;
      state.dispose();
      return data;
    };
    const channels = 8;
    const exact = await sumOver(
      Array.from({ length: channels }, (_, k) => Float32Array.from({ length: channels }, (__, i) => (i === k ? 1 : 0))),
    );
    const random = RandomStream.of('signs');
    const draws = 500;
    const estimated = await sumOver(
      Array.from({ length: draws }, () => Float32Array.from({ length: channels }, () => 2 * random.integer(2) - 1)),
    );
    const total = (data: Float32Array): number => data.reduce((a, b) => a + b, 0);
    // The relative standard error of a sum of squares of 8 signs is at most √(2/500) = 0.063.
    expect(Math.abs(total(estimated) / draws / total(exact) - 1)).toBeLessThan(0.2);
  });

  it('needs no head: it holds weights from the first epoch on', async () => {
    const found = await importanceOf(toyBench(engine), tailOf(3), 1);
    const all = [...found.values()].flatMap(({ data }) => [...data]);
    expect(all.reduce((a, b) => a + b) / all.length).toBeCloseTo(1, 4);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
  });

  it('is computed once for all phases of a trial, and for later trials of its depth', async () => {
    const bench = toyBench(engine);
    const images = vi.spyOn(bench.programs, 'importance');
    const train = async (options: Partial<TrainingConfiguration>): Promise<void> => {
      const directory = await mkdtemp(join(tmpdir(), 'hpo-importance-'));
      const trial = fineTune(bench, toyPlan(directory, { ewc: 1e-2, ...options }));
      while ((await trial.next()).done !== true);
      await rm(directory, { recursive: true });
    };
    await train({ unfreezing: 'gradual' });
    expect(images).toHaveBeenCalledTimes(23);
    await train({ learningRate: 1e-3 });
    expect(images).toHaveBeenCalledTimes(23);
    await train({ unfreezeDepth: 1 });
    expect(images).toHaveBeenCalledTimes(46);
  });

  it('is computed again for another seed or precision, and after a failure', async () => {
    const bench = toyBench(engine);
    const images = vi.spyOn(bench.programs, 'importance');
    images.mockRejectedValueOnce(new Error('no room'));
    const find = (precision: FeaturePrecision, seed: number): Promise<unknown> =>
      bench.importances.of(bench, tailOf(1), precision, seed);
    await expect(find('float32', 1)).rejects.toThrow('no room');
    const first = await find('float32', 1);
    expect(first).toEqual(await importanceOf(bench, tailOf(1), 1));
    expect(await find('float32', 2)).not.toEqual(first);
    images.mockClear();
    await find('float16', 2);
    expect(images).toHaveBeenCalledTimes(23);
  });
});
