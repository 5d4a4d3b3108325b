// Training steps on every engine: they agree, repeat to the bit, share state between programs, and leave no memory behind.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import type { HostTensor } from '../../src/graph/host-tensor.js';
import { expectClose } from './close.js';
import { evaluationGraph, initialState, pixels, train, trainingGraph, trainSome } from './small-network.js';
import { describeEngines, loadEngines } from './tested-engines.js';

const engines = await loadEngines();

describeEngines(engines, (engine) => {
  let reference: { losses: number[]; entries: Map<string, HostTensor> };
  beforeAll(async () => {
    const cpu = await openEngine('cpu');
    reference = await train(cpu, 10);
    await cpu.dispose();
  });

  it('makes ten steps as the plain JavaScript engine does', async () => {
    const { losses, entries } = await train(engine, 10);
    expectClose(Float32Array.from(losses), Float32Array.from(reference.losses), 1e-4, 'losses');
    for (const [name, { data }] of reference.entries) expectClose(entries.get(name)?.data, data, 1e-4, name);
  });

  it('repeats to the bit', async () => {
    const first = await train(engine, 5);
    expect(await train(engine, 5)).toEqual(first);
  });

  it('runs in turn what is started together', async () => {
    const program = await engine.compile(trainingGraph());
    const together = engine.createState(initialState());
    const losses = await Promise.all([0, 1, 2].map((step) => trainSome(program, together, step, step + 1)));
    const inTurn = engine.createState(initialState());
    expect(losses.flat()).toEqual(await trainSome(program, inTurn, 0, 3));
    await program.dispose();
    together.dispose();
    inTurn.dispose();
  });

  it('continues from a copied state to the bit', async () => {
    const program = await engine.compile(trainingGraph());
    const whole = engine.createState(initialState());
    await trainSome(program, whole, 0, 3);
    const continued = engine.createState(await whole.read());
    expect(await trainSome(program, continued, 3, 6)).toEqual(await trainSome(program, whole, 3, 6));
    expect(await continued.read()).toEqual(await whole.read());
    await program.dispose();
  });

  it('runs several programs on one state, which may hold more than one of them reads', async () => {
    const [training, evaluation] = [await engine.compile(trainingGraph()), await engine.compile(evaluationGraph())];
    const state = engine.createState(initialState());
    const before = await evaluation.run(state, { pixels: pixels(99) });
    await trainSome(training, state, 0, 2);
    const after = await evaluation.run(state, { pixels: pixels(99) });
    expect(after).not.toEqual(before);
    const fresh = engine.createState(await state.read());
    expect(await evaluation.run(fresh, { pixels: pixels(99) })).toEqual(after);
    for (const row of [0, 1, 2, 3]) {
      const [a, b, c] = after['probabilities']?.slice(3 * row, 3 * row + 3) ?? [];
      expect((a as number) + (b as number) + (c as number)).toBeCloseTo(1, 5);
    }
  });

  it('keeps copies: neither what was written nor what was read is tied to the state', async () => {
    const data = Float32Array.of(1, 2, 3);
    const state = engine.createState(new Map([['a', { shape: [3], role: 'plain', data }]]));
    data.fill(9);
    const read = (await state.read(['a'])).get('a')?.data as Float32Array;
    expect([...read]).toEqual([1, 2, 3]);
    read.fill(7);
    expect([...((await state.read()).get('a')?.data ?? [])]).toEqual([1, 2, 3]);
  });

  it('survives numbers that are not', async () => {
    const program = await engine.compile(trainingGraph());
    const entries = initialState();
    entries.get('stem/kernel')?.data.fill(NaN);
    const state = engine.createState(entries);
    const losses = await trainSome(program, state, 0, 2);
    expect(losses).toHaveLength(2);
    await program.dispose();
  });

  it('leaves no memory behind', async () => {
    const before = tf.memory().numTensors;
    await train(engine, 3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('frees what is still open when it is disposed', async () => {
    const before = tf.memory().numTensors;
    const other = await openEngine(engine.name);
    const program = await other.compile(trainingGraph());
    await trainSome(program, other.createState(initialState()), 0, 1);
    await other.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const state = engine.createState(initialState());
    await expect(program.run(state, {})).rejects.toMatchObject({ code: 'ERR_ENGINE' });
    state.dispose();
  });

  it('gives the same bits in another process', async () => {
    const script = fileURLToPath(new URL('print-training-digest.ts', import.meta.url));
    const digests = await Promise.all(
      [0, 1].map(
        async () => (await promisify(execFile)(process.execPath, ['--import', 'tsx', script, engine.name])).stdout,
      ),
    );
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  });
});

describe('engines at the same time', () => {
  it('can be open in one thread and take turns', async () => {
    const opened: Engine[] = [await openEngine('wasm'), await openEngine('cpu'), await openEngine('onnx')];
    const runs = await Promise.all(opened.map((engine) => train(engine, 2)));
    for (const { losses } of runs)
      expectClose(Float32Array.from(losses), Float32Array.from(runs[0]?.losses ?? []), 1e-5, 'losses');
    await Promise.all(opened.map((engine) => engine.dispose()));
  });
});
