// Programs on several threads take the place of those on one only where they give the same bits.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainingConfiguration } from '../../../src/study/schema/training-schema.js';
import type { Report } from '../../../src/study/trial.js';
import type { Engine, Program } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { TailPrograms } from '../../../src/trainer/finetune/tail-programs.js';
import { fineTune } from '../../../src/trainer/finetune/trial.js';
import { temporaryFolder } from '../../backbones/weights/temporary-folder.js';
import type { Tail } from '../../../src/trainer/finetune/tail.js';
import { TOY_CLASSES, toyBackbone, toyBench, toyPlan } from './support/toy-bench.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

interface Watched {
  readonly engine: Engine;
  /** Runs of programs that were compiled for so many threads. */
  readonly runs: Map<number, number>;
  /** Programs of so many threads that were disposed of. */
  readonly disposed: Map<number, number>;
}

/** The engine, counting; a program on several threads runs as `wide` makes it run. */
function watched(wide: (run: Program['run']) => Program['run'] = (run) => run): Watched {
  const runs = new Map<number, number>();
  const disposed = new Map<number, number>();
  const count = (of: Map<number, number>, threads: number): void => void of.set(threads, (of.get(threads) ?? 0) + 1);
  const compile: Engine['compile'] = async (graph, threads = 1) => {
    const program = await engine.compile(graph, threads);
    const plain: Program['run'] = (...given) => program.run(...given);
    const run = threads > 1 ? wide(plain) : plain;
    return {
      graph,
      run: (...given) => {
        count(runs, threads);
        return run(...given);
      },
      dispose: () => {
        count(disposed, threads);
        return program.dispose();
      },
    };
  };
  return { engine: { ...engine, compile }, runs, disposed };
}

/** Another last bit of one number of one updated array, as a sum in another order would have it. */
const otherwise =
  (run: Program['run']): Program['run'] =>
  async (state, ...given) => {
    const outputs = await run(state, ...given);
    const kernels = await state.read(['conv3/kernel', 'conv2/kernel'].slice(0, 1));
    const [[name, tensor] = []] = [...kernels];
    if (name === undefined || tensor === undefined || outputs['loss'] === undefined) return outputs;
    const data = Float32Array.from(tensor.data);
    data[0] = Math.fround((data[0] as number) * (1 + 2 ** -22));
    state.write(new Map([[name, { ...tensor, data }]]));
    return outputs;
  };

async function train(own: Engine, threads: () => number, options: Partial<TrainingConfiguration>): Promise<Report[]> {
  const bench = { ...toyBench(own), programs: new TailPrograms(own, { threads, multiThreadAfter: 0 }) };
  const reports: Report[] = [];
  for await (const report of fineTune(bench, toyPlan(temporaryFolder(), options))) reports.push(report);
  await bench.programs.dispose();
  return reports;
}

const TRIALS: readonly [string, Partial<TrainingConfiguration>][] = [
  ['the head first', { epochs: 4, headEpochs: 1, unfreezeDepth: 2 }],
  [
    'a head that is zero when the blocks join it',
    { epochs: 3, headEpochs: 0, unfreezeDepth: 3, dropout: 0.3, l2: 1e-3 },
  ],
];

describe.each(TRIALS)('with %s', (_, options) => {
  it('a trial on several threads gives the reports that it gives on one', async () => {
    const alone = await train(engine, () => 1, options);
    const { engine: own, runs } = watched();
    expect(await train(own, () => 3, options)).toEqual(alone);
    expect(runs.get(3)).toBeGreaterThan(10);
  });

  it('a trial gives the same reports where the number of threads changes from step to step', async () => {
    let asked = 0;
    const alone = await train(engine, () => 1, options);
    expect(await train(engine, () => 1 + (asked++ % 3), options)).toEqual(alone);
  });

  it('a program stays on one thread where a bit of an updated array would differ', async () => {
    const alone = await train(engine, () => 1, options);
    const { engine: own, runs, disposed } = watched(otherwise);
    expect(await train(own, () => 2, options)).toEqual(alone);
    // The steps of both sizes of batch are tried once each and given up; the evaluation stays.
    expect(disposed.get(2)).toBeGreaterThanOrEqual(2);
    expect(runs.get(1)).toBeGreaterThan(runs.get(2) as number);
  });

  it('a program stays on one thread where several threads cannot be had', async () => {
    const alone = await train(engine, () => 1, options);
    const { engine: own } = watched(() => () => Promise.reject(new Error('no room for threads')));
    expect(await train(own, () => 2, options)).toEqual(alone);
    const refusing: Engine = {
      ...engine,
      compile: (graph, threads = 1) => (threads > 1 ? Promise.reject(new Error('no threads')) : engine.compile(graph)),
    };
    expect(await train(refusing, () => 2, options)).toEqual(alone);
  });
});

it('a program stays on one thread until enough images went through it', async () => {
  const { engine: own } = watched();
  const compiled: number[] = [];
  const noting: Engine = {
    ...own,
    compile: (graph, threads = 1) => (compiled.push(threads), own.compile(graph, threads)),
  };
  const programs = new TailPrograms(noting, { threads: () => 2 });
  const tail: Tail = { backbone: toyBackbone, inputSize: 16, depth: 1, classes: TOY_CLASSES };
  const asked: Program[] = [];
  for (let use = 0; use < 10; use++) asked.push(await programs.evaluation(tail, 40));
  expect(asked.map((program) => program === asked[0])).toEqual([...new Array<boolean>(8).fill(true), false, false]);
  expect(compiled).toEqual([1]);
  await programs.dispose();
});

it('a head alone stays on one thread, and so does every program of an engine without threads', async () => {
  const { engine: own, runs } = watched();
  await train(own, () => 4, { epochs: 2, unfreezeDepth: 0 });
  expect([...runs.keys()]).toEqual([1]);
  const other = watched();
  await train({ ...other.engine, takesThreads: false }, () => 4, TRIALS[0]?.[1] ?? {});
  expect([...other.runs.keys()]).toEqual([1]);
});
