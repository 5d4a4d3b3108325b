// Update rules and penalties against references written by hand, over several steps on a tiny problem.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRAINING_DEFAULTS } from '../../../src/study/schema/training-schema.js';
import type { Engine } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { type OptimizerOptions, optimizerOf, stateName } from '../../../src/trainer/finetune/optimizers.js';
import { type PenaltyName, importanceName, penaltyOf, startName } from '../../../src/trainer/finetune/penalties.js';
import { clipped } from '../../../src/trainer/finetune/tail-graphs.js';
import { GraphBuilder } from '../../../src/graph/builder.js';
import { gradients } from '../../../src/graph/gradients.js';
import type { HostTensor } from '../../../src/graph/host-tensor.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('cpu');
});
afterAll(() => engine.dispose());

const START = [0.5, -1.5, 2];
const GRADIENTS = [
  [1, -2, 0.5],
  [0.1, 0.2, -0.3],
  [-4, 0, 3],
  [1, 1, 1],
];
const RATE = 0.05;

const plain = (data: readonly number[]): HostTensor => ({
  shape: [data.length],
  role: 'plain',
  data: Float32Array.from(data),
});

/** The parameter after each step with the gradients above. */
async function steps(options: Partial<OptimizerOptions>, isKernel = true): Promise<number[][]> {
  const optimizer = optimizerOf({ ...TRAINING_DEFAULTS, ...options });
  const g = new GraphBuilder();
  const parameter = g.parameter('w', [3]);
  const slots = optimizer.slots.map((slot) => g.parameter(stateName(slot, 'w'), [3]));
  const inputs = { gradient: g.input('gradient', [3]), rate: g.input('rate', []), plainRate: g.input('plainRate', []) };
  const updated = optimizer.update(g, { parameter, slots, isKernel, ...inputs });
  g.update('w', updated.parameter);
  optimizer.slots.forEach((slot, i) => g.update(stateName(slot, 'w'), updated.slots[i] as typeof parameter));
  const program = await engine.compile(g.build());
  const zeros = optimizer.slots.map((slot) => [stateName(slot, 'w'), plain([0, 0, 0])] as const);
  const state = engine.createState(new Map([['w', plain(START)], ...zeros]));
  const found: number[][] = [];
  for (const [i, gradient] of GRADIENTS.entries()) {
    await program.run(state, {
      gradient: Float32Array.from(gradient),
      rate: Float32Array.of(optimizer.effectiveRate(RATE, i + 1)),
      plainRate: Float32Array.of(RATE),
    });
    found.push([...((await state.read(['w'])).get('w')?.data ?? [])]);
  }
  state.dispose();
  await program.dispose();
  return found;
}

/** The same in plain arithmetic: `rule` moves one number, with its own memory, at step t. */
function reference(rule: (w: number, g: number, memory: { m: number; v: number }, t: number) => number): number[][] {
  const w = [...START];
  const memories = START.map(() => ({ m: 0, v: 0 }));
  return GRADIENTS.map((gradient, i) => {
    gradient.forEach((slope, k) => {
      w[k] = rule(w[k] as number, slope, memories[k] as { m: number; v: number }, i + 1);
    });
    return [...w];
  });
}

/** To six digits behind the point. A failure shows the numbers. */
function expectClose(found: number[][], expected: number[][]): void {
  expect(found).toEqual(expected.map((step) => step.map((value) => expect.closeTo(value, 6) as number)));
}

function adamStep(g: number, memory: { m: number; v: number }, t: number): number {
  memory.m = 0.9 * memory.m + 0.1 * g;
  memory.v = 0.999 * memory.v + 0.001 * g * g;
  return (RATE * (Math.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t)) * memory.m) / (Math.sqrt(memory.v) + 1e-7);
}

describe('optimizers', () => {
  it('adam follows its reference', async () => {
    expectClose(
      await steps({ optimizer: 'adam' }),
      reference((w, g, memory, t) => w - adamStep(g, memory, t)),
    );
  });

  it('adamw decays kernels by the rate times the decay, whatever the gradients', async () => {
    const expected = reference((w, g, memory, t) => w * (1 - RATE * 0.1) - adamStep(g, memory, t));
    expectClose(await steps({ optimizer: 'adamw', weightDecay: 0.1 }), expected);
  });

  it('adamw does not decay biases', async () => {
    const expected = reference((w, g, memory, t) => w - adamStep(g, memory, t));
    expectClose(await steps({ optimizer: 'adamw', weightDecay: 0.1 }, false), expected);
  });

  it('sgd without momentum follows the gradient', async () => {
    expectClose(
      await steps({ optimizer: 'sgd', momentum: 0 }),
      reference((w, g) => w - RATE * g),
    );
  });

  it('sgd with momentum follows its reference', async () => {
    const expected = reference((w, g, memory) => w + (memory.m = 0.8 * memory.m - RATE * g));
    expectClose(await steps({ optimizer: 'sgd', momentum: 0.8 }), expected);
  });

  it("sgd with Nesterov's momentum follows its reference", async () => {
    const expected = reference((w, g, memory) => {
      memory.m = 0.8 * memory.m - RATE * g;
      return w + 0.8 * memory.m - RATE * g;
    });
    expectClose(await steps({ optimizer: 'sgd', momentum: 0.8, nesterov: true }), expected);
  });

  it('rmsprop follows its reference', async () => {
    const expected = reference((w, g, memory) => {
      memory.v = 0.95 * memory.v + 0.05 * g * g;
      return w - (RATE * g) / Math.sqrt(memory.v + 1e-3);
    });
    expectClose(await steps({ optimizer: 'rmsprop', rho: 0.95, epsilon: 1e-3 }), expected);
  });
});

describe('penalties', () => {
  const anchor = [0.2, -1, 2.5];
  const importance = [0.5, 2, 0.25];

  /** The term's value and gradient at START. */
  async function penalty(name: PenaltyName, weight: number): Promise<{ value: number; slope: number[] }> {
    const g = new GraphBuilder();
    const value = g.parameter('w', [3]);
    const one = { name: 'w', shape: [3], role: 'plain', isKernel: true, below: 0, value } as const;
    const sum = penaltyOf(g, [name], [one]);
    if (sum === undefined) throw new Error('expected a penalty');
    g.output('value', sum);
    const [slope] = gradients(g, sum, [value]);
    g.output('slope', slope as typeof value);
    const program = await engine.compile(g.build());
    const entries = { w: START, [startName('w')]: anchor, [importanceName('w')]: importance };
    const state = engine.createState(new Map(Object.entries(entries).map(([key, data]) => [key, plain(data)])));
    const outputs = await program.run(state, { [name]: Float32Array.of(weight) });
    state.dispose();
    return { value: outputs['value']?.[0] as number, slope: [...(outputs['slope'] as Float32Array)] };
  }

  const close = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 5) as unknown);

  it('l1 is Σ|w|', async () => {
    expect(await penalty('l1', 0.1)).toEqual({
      value: expect.closeTo(0.4, 5) as number,
      slope: close([0.1, -0.1, 0.1]),
    });
  });

  it('l2 is Σw²', async () => {
    expect(await penalty('l2', 0.1)).toEqual({
      value: expect.closeTo(0.65, 5) as number,
      slope: close([0.1, -0.3, 0.4]),
    });
  });

  it('l2sp is Σ(w − w₀)²', async () => {
    expect(await penalty('l2sp', 0.1)).toEqual({
      value: expect.closeTo(0.1 * (0.09 + 0.25 + 0.25), 5) as number,
      slope: close([0.06, -0.1, -0.1]),
    });
  });

  it('ewc is ΣF(w − w₀)²', async () => {
    expect(await penalty('ewc', 0.1)).toEqual({
      value: expect.closeTo(0.1 * (0.5 * 0.09 + 2 * 0.25 + 0.25 * 0.25), 5) as number,
      slope: close([0.03, -0.2, -0.025]),
    });
  });

  it.each<[PenaltyName, boolean, number, boolean]>([
    ['l2', true, -1, true],
    ['l2', false, 0, false],
    ['l1', true, 0, true],
    ['l2sp', true, -1, false],
    ['l2sp', false, 0, true],
    ['ewc', false, -1, false],
  ])('%s applies to a weight (kernel: %s, %d blocks below the top): %s', (name, isKernel, below, applies) => {
    const g = new GraphBuilder();
    const one = { name: 'w', shape: [3], role: 'plain', isKernel, below, value: g.parameter('w', [3]) } as const;
    expect(penaltyOf(g, [name], [one]) !== undefined).toBe(applies);
  });
});

describe('clipping', () => {
  it.each([100, 0.5])('scales all gradients to a common length of at most %d', async (limit) => {
    const g = new GraphBuilder();
    const slopes = clipped(g, [g.constant([3, 0], [2]), g.constant([4], [1])]);
    slopes.forEach((slope, i) => g.output(String(i), slope));
    const program = await engine.compile(g.build());
    const state = engine.createState(new Map());
    const outputs = await program.run(state, { clipNorm: Float32Array.of(limit) });
    const scale = Math.min(1, limit / 5);
    expect(outputs['0']?.[0]).toBeCloseTo(3 * scale, 6);
    expect(outputs['1']?.[0]).toBeCloseTo(4 * scale, 6);
  });
});
