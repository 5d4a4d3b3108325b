// Trials whose steps are taken several in one run: the reports of a trial that takes them one by one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TrainingConfiguration } from '../../../src/study/schema/training-schema.js';
import type { Report } from '../../../src/study/trial.js';
import type { Engine, Program } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { TailPrograms, type TailProgramsOptions } from '../../../src/trainer/finetune/tail-programs.js';
import { fineTune } from '../../../src/trainer/finetune/trial.js';
import type { HostTensor } from '../../../src/graph/host-tensor.js';
import { toyBench, toyPlan } from './support/toy-bench.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

interface Trained {
  readonly reports: readonly Report[];
  /** Runs of programs that take more than one step. */
  readonly chains: number;
  /** On which such programs were compiled. */
  readonly chainThreads: ReadonlySet<number>;
  /** Such programs that were disposed of while the trial went on. */
  readonly givenUp: number;
  /** Share of the epoch, and images, as told after each step. */
  readonly steps: readonly (readonly [number, number])[];
  readonly error?: unknown;
}

/** A last bit of one updated number is another, as a sum in another order would have it. */
async function otherwise(program: Program, ...given: Parameters<Program['run']>): ReturnType<Program['run']> {
  const outputs = await program.run(...given);
  const [state] = given;
  const [name, tensor] = [...(await state.read(['conv3/kernel']))][0] as [string, HostTensor];
  const data = tensor.data.map((value, i) => (i === 0 ? value * (1 + 2 ** -22) : value));
  state.write(new Map([[name, { ...tensor, data }]]));
  return outputs;
}

async function train(
  copiesUpdates: boolean,
  options: Partial<TrainingConfiguration>,
  programs: TailProgramsOptions = { earnedAfter: 0 },
  severalThreads: 'taken' | 'refused' = 'taken',
  chainsAre: 'the same' | 'other' | 'refused' = 'the same',
): Promise<Trained> {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-chains-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let chains = 0;
  const chainThreads = new Set<number>();
  let disposed = 0;
  const own: Engine = {
    ...engine,
    copiesUpdates,
    createState: (entries) => engine.createState(entries),
    async compile(graph, threads = 1) {
      if (threads > 1 && severalThreads === 'refused') throw new Error('no threads');
      const program = await engine.compile(graph, threads);
      const isChain = graph.outputs.some(({ name }) => name === 'loss@1');
      if (isChain && chainsAre === 'refused') throw new Error('no room');
      if (isChain) chainThreads.add(threads);
      return {
        graph,
        run: (...given) => {
          if (isChain) chains++;
          return isChain && chainsAre === 'other' ? otherwise(program, ...given) : program.run(...given);
        },
        dispose: () => {
          if (isChain) disposed++;
          return program.dispose();
        },
      };
    },
  };
  const bench = { ...toyBench(own), programs: new TailPrograms(own, programs) };
  const reports: Report[] = [];
  const steps: [number, number][] = [];
  const plan = { ...toyPlan(folder, options), onStep: (share: number, size: number) => void steps.push([share, size]) };
  let error: unknown;
  try {
    for await (const report of fineTune(bench, plan)) reports.push(report);
  } catch (thrown) {
    error = thrown;
  }
  const givenUp = disposed;
  await bench.programs.dispose();
  return { reports, chains, chainThreads, givenUp, steps, error };
}

describe.each<[string, Partial<TrainingConfiguration>]>([
  // 23 images: five full batches and one of three.
  ['a last batch that is smaller', { batchSize: 4 }],
  ['dropout, which draws for each step', { batchSize: 2, dropout: 0.4, headEpochs: 0 }],
  ['mixing, penalties and clipping', { batchSize: 2, mixup: 0.4, l2sp: 1e-3, clipNorm: 0.5, optimizer: 'sgd' }],
  ['a rate that changes from step to step', { batchSize: 4, schedule: 'cosine', warmupEpochs: 1, epochs: 4 }],
])('with %s', (_, options) => {
  it('gives the reports of steps one by one, and tells of every step', async () => {
    const [alone, chain] = [await train(false, options), await train(true, options)];
    expect(alone.error).toBeUndefined();
    expect(alone.chains).toBe(0);
    expect(chain.chains).toBeGreaterThan(1);
    expect(chain.reports).toEqual(alone.reports);
    expect(chain.steps).toEqual(alone.steps);
  });
});

it('a loss that explodes is found at its own step', async () => {
  const options = { batchSize: 2, headEpochs: 0, learningRate: 1e6, optimizer: 'sgd', clipNorm: 0 } as const;
  const [alone, chain] = [await train(false, options), await train(true, options)];
  expect(String(alone.error)).toContain('the training loss became');
  expect(String(chain.error)).toBe(String(alone.error));
  expect(chain.chains).toBeGreaterThan(0);
});

it('heads alone, few steps in a row and programs that are seldom run are not chained', async () => {
  expect((await train(true, { batchSize: 2, unfreezeDepth: 0 })).chains).toBe(0);
  expect((await train(true, { batchSize: 6 })).chains).toBe(0);
  expect((await train(true, { batchSize: 2, epochs: 4 }, {})).chains).toBe(0);
});

it('are on as many threads as a step alone takes', async () => {
  const options = { batchSize: 2, dropout: 0.2 };
  const alone = await train(false, options);
  const wide = await train(true, options, { earnedAfter: 0, threads: () => 2 });
  expect(wide.reports).toEqual(alone.reports);
  expect(wide.chainThreads).toEqual(new Set([2]));
  let asked = 0;
  const changing = await train(true, options, { earnedAfter: 0, threads: () => 1 + (asked++ % 3) });
  expect(changing.reports).toEqual(alone.reports);
  expect(changing.chainThreads.size).toBeGreaterThan(1);
});

it('are on one thread where a step cannot be had on several', async () => {
  const options = { batchSize: 2 };
  const [alone, narrow] = [
    await train(false, options),
    await train(true, options, { earnedAfter: 0, threads: () => 2 }, 'refused'),
  ];
  expect(narrow.reports).toEqual(alone.reports);
  expect(narrow.chainThreads).toEqual(new Set([1]));
});

it.each(['other', 'refused'] as const)('where chains are %s, steps are taken one by one', async (chainsAre) => {
  const options = { batchSize: 2 };
  const [alone, without] = [
    await train(false, options),
    await train(true, options, { earnedAfter: 0 }, 'taken', chainsAre),
  ];
  expect(without.reports).toEqual(alone.reports);
  expect(without.steps).toEqual(alone.steps);
  expect(without.chains).toBe(chainsAre === 'other' ? 1 : 0);
  expect(without.givenUp).toBe(without.chains);
});

it('an epoch that fails leaves no checkpoint of its middle', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-chains-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const plan = toyPlan(folder, { batchSize: 2, headEpochs: 2, learningRate: 1e6, optimizer: 'sgd', clipNorm: 0 });
  const reports: Report[] = [];
  const training = async (): Promise<void> => {
    for await (const report of fineTune(toyBench(engine), plan)) reports.push(report);
  };
  await expect(training()).rejects.toThrow('the training loss became');
  expect(reports.length).toBeGreaterThan(0);
  expect(await plan.files.read()).toBeUndefined();
  expect((await plan.files.readBest())?.epoch).toBeGreaterThan(0);
});
