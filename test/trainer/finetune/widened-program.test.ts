// Programs on several threads take the place of those on one only where they give the same bits.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainingConfiguration } from '../../../src/study/schema/training-schema.js';
import type { Report } from '../../../src/study/trial.js';
import type { Engine, Program } from '../../../src/trainer/engines/engine.js';
import { openEngine } from '../../../src/trainer/engines/open-engine.js';
import { TailPrograms } from '../../../src/trainer/finetune/tail-programs.js';
import { fineTune } from '../../../src/trainer/finetune/trial.js';
import { temporaryFolder } from '../weights/temporary-folder.js';
import { toyBench, toyPlan } from './support/toy-bench.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

interface Watched {
  readonly engine: Engine;
  /** Runs of programs that were compiled for so many threads. */
  readonly runs: Map<number, number>;
}

/** The engine, counting; `change` what programs on several threads give. */
function watched(change: (outputs: Record<string, Float32Array>) => void = () => {}): Watched {
  const runs = new Map<number, number>();
  const compile: Engine['compile'] = async (graph, threads = 1) => {
    const program = await engine.compile(graph, threads);
    const run: Program['run'] = async (...given) => {
      runs.set(threads, (runs.get(threads) ?? 0) + 1);
      const outputs = await program.run(...given);
      if (threads > 1) change(outputs);
      return outputs;
    };
    return { graph, run, dispose: () => program.dispose() };
  };
  return { engine: { ...engine, compile }, runs };
}

async function train(own: Engine, threads: () => number, options: Partial<TrainingConfiguration>): Promise<Report[]> {
  const bench = { ...toyBench(own), programs: new TailPrograms(own, { threads }) };
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

  it('also where the number of threads changes from step to step', async () => {
    let asked = 0;
    const alone = await train(engine, () => 1, options);
    expect(await train(engine, () => 1 + (asked++ % 3), options)).toEqual(alone);
  });

  it('where a bit would differ, one thread goes on', async () => {
    const alone = await train(engine, () => 1, options);
    const { engine: own, runs } = watched((outputs) => {
      for (const output of Object.values(outputs)) output[0] = Math.fround((output[0] as number) * (1 + 2 ** -22));
    });
    expect(await train(own, () => 2, options)).toEqual(alone);
    // One try of each program: the step for both sizes of batch, and the evaluation, of each depth.
    expect(runs.get(2)).toBeLessThanOrEqual(6);
  });
});

it('a head alone, and an engine that takes no threads, stay on one', async () => {
  const { engine: own, runs } = watched();
  await train(own, () => 4, { epochs: 2, unfreezeDepth: 0 });
  expect([...runs.keys()]).toEqual([1]);
  const other = watched();
  await train({ ...other.engine, takesThreads: false }, () => 4, TRIALS[0]?.[1] ?? {});
  expect([...other.runs.keys()]).toEqual([1]);
});
