// Range tests on a toy network.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { type RangeTestOptions, exponentialRates, rangeTest } from '../../../src/trainer/range-test/range-test.js';
import { toyBench, toyPlan } from '../finetune/support/toy-bench.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

async function run(options: Partial<RangeTestOptions> = {}) {
  const { configuration } = toyPlan('unused', { dropout: 0.2 });
  const rates = exponentialRates(1e-6, 100, 80);
  const bench = toyBench(engine);
  return rangeTest(bench, { configuration, depth: 0, rates, repeats: 2, seed: 1, ...options });
}

describe.each([0, 2, 3])('at depth %d', (depth) => {
  it('the loss is flat, then falls, then explodes', async () => {
    const { points, steepest = NaN, lowest, divergence = NaN } = await run({ depth });
    const flat = points.slice(0, 10).map(({ loss }) => loss);
    expect(Math.max(...flat) - Math.min(...flat)).toBeLessThan(0.02 * (flat[0] as number));
    expect(steepest).toBeGreaterThan(1e-5);
    expect(steepest).toBeLessThanOrEqual(lowest);
    expect(lowest).toBeLessThan(divergence);
  });
});

it('the head is trained before blocks join it, where there is a head phase', async () => {
  const configuration = { ...toyPlan('unused').configuration, headEpochs: 0 };
  const together = await run({ depth: 2, configuration });
  // Guessing among three classes.
  expect(together.points[0]?.loss).toBeCloseTo(Math.log(3), 2);
  expect((await run({ depth: 2 })).points[0]?.loss).not.toBeCloseTo(Math.log(3), 2);
});

it('computes the importance of weights for the tested depth, not for that of the study', async () => {
  const { configuration } = toyPlan('unused', { ewc: 1e-3, unfreezeDepth: 0 });
  const deeper = await run({ configuration, depth: 2 });
  expect(deeper).toEqual(await run({ configuration: { ...configuration, unfreezeDepth: 2 }, depth: 2 }));
});

it('gives the same curve again, and another for another seed', async () => {
  expect(await run()).toEqual(await run());
  expect(await run({ seed: 2 })).not.toEqual(await run());
});

it('tells its progress after each run', async () => {
  const told: number[] = [];
  await run({ repeats: 3, onRun: (done) => told.push(done) });
  expect(told).toEqual([1, 2, 3]);
});
