// Programs kept from trial to trial: each compiled once, however many ask at once.
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

/** The engine, counting; the first `failures` compilations fail. */
function counting(failures = 0): { readonly engine: Engine; readonly compiled: () => number } {
  let compiled = 0;
  const compile: Engine['compile'] = async (graph) => {
    if (++compiled <= failures) throw new Error('no room');
    return engine.compile(graph);
  };
  return {
    engine: { ...engine, compile, createState: (entries) => engine.createState(entries) },
    compiled: () => compiled,
  };
}

it('those that trials side by side ask for at the same moment are compiled once', async () => {
  const { engine: counted, compiled } = counting();
  const programs = new TailPrograms(counted);
  const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => programs.evaluation(tail, 8)));
  expect(compiled()).toBe(1);
  for (const other of others) expect(other).toBe(first);
  await programs.dispose();
});

it('one that did not compile is tried again', async () => {
  const { engine: counted, compiled } = counting(1);
  const programs = new TailPrograms(counted);
  await expect(programs.evaluation(tail, 8)).rejects.toThrow('no room');
  await programs.evaluation(tail, 8);
  expect(compiled()).toBe(2);
  await programs.dispose();
});

it('one that did not compile keeps no other from being made room for', async () => {
  const { engine: counted } = counting(1);
  const programs = new TailPrograms(counted, { capacity: 1 });
  const [failed, made] = await Promise.allSettled([programs.evaluation(tail, 8), programs.evaluation(tail, 4)]);
  expect([failed.status, made.status]).toEqual(['rejected', 'fulfilled']);
  await programs.dispose();
});
