// Programs that trials share: compiled once, disposed of when others need the room.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import type { Tail } from '../../../src/trainer/finetune/tail.js';
import { TailPrograms } from '../../../src/trainer/finetune/tail-programs.js';
import { TOY_CLASSES, toyBackbone } from './support/toy-bench.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

const tail: Tail = { backbone: toyBackbone, inputSize: 16, depth: 0, classes: TOY_CLASSES };

interface Counted {
  readonly engine: Engine;
  /** Batch sizes of the programs that were compiled, in order. */
  readonly compiled: number[];
  /** And of those that were disposed of. */
  readonly disposed: number[];
}

/** The engine, counting; the first `failures` compilations fail. */
function counting(failures = 0): Counted {
  const compiled: number[] = [];
  const disposed: number[] = [];
  const compile: Engine['compile'] = async (graph) => {
    const batch = graph.inputs[0]?.value.shape[0] as number;
    compiled.push(batch);
    if (compiled.length <= failures) throw new Error('no room');
    const program = await engine.compile(graph);
    return {
      graph,
      run: (...given) => program.run(...given),
      dispose() {
        disposed.push(batch);
        return program.dispose();
      },
    };
  };
  return { engine: { ...engine, compile }, compiled, disposed };
}

it('programs that several trials ask for at the same moment are compiled once', async () => {
  const { engine: counted, compiled } = counting();
  const programs = new TailPrograms(counted);
  const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => programs.evaluation(tail, 8)));
  expect(compiled).toEqual([8]);
  for (const other of others) expect(other).toBe(first);
  await programs.dispose();
});

it('a program that did not compile is tried again', async () => {
  const { engine: counted, compiled } = counting(1);
  const programs = new TailPrograms(counted);
  await expect(programs.evaluation(tail, 8)).rejects.toThrow('no room');
  await programs.evaluation(tail, 8);
  expect(compiled).toEqual([8, 8]);
  await programs.dispose();
});

it('the program that was not used for longest is disposed of when there is no room, and compiled again when needed', async () => {
  const { engine: counted, compiled, disposed } = counting();
  const programs = new TailPrograms(counted, { capacity: 2 });
  for (const batch of [1, 2, 1, 3]) await programs.evaluation(tail, batch);
  expect(disposed).toEqual([2]);
  await programs.evaluation(tail, 1);
  expect(compiled).toEqual([1, 2, 3]);
  await programs.evaluation(tail, 2);
  expect([compiled, disposed]).toEqual([
    [1, 2, 3, 2],
    [2, 3],
  ]);
  await programs.dispose();
  expect(disposed.toSorted()).toEqual([1, 2, 2, 3]);
});

it('a program that did not compile leaves room for the others, which are disposed of in turn', async () => {
  const { engine: counted, disposed } = counting(1);
  const programs = new TailPrograms(counted, { capacity: 1 });
  const [failed, made] = await Promise.allSettled([programs.evaluation(tail, 8), programs.evaluation(tail, 4)]);
  expect([failed.status, made.status]).toEqual(['rejected', 'fulfilled']);
  expect(disposed).toEqual([]);
  await programs.evaluation(tail, 2);
  expect(disposed).toEqual([4]);
  await programs.dispose();
});
