// Loss scaling: overflow skips a step and halves the scale, many steps without double it, and it is part of a checkpoint.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DeviceState, Engine, Program } from '../../../src/engines/engine.js';
import { openEngine } from '../../../src/engines/open-engine.js';
import { GraphBuilder } from '../../../src/graph/builder.js';
import { gradients } from '../../../src/graph/gradients.js';
import { add, multiply, subtract } from '../../../src/graph/operations/arithmetic.js';
import { reduceSum } from '../../../src/graph/operations/reduce.js';
import { select } from '../../../src/graph/operations/select.js';
import {
  LOSS_SCALE,
  LOSS_SCALE_AGE,
  areFinite,
  lossScaleEntries,
  scaledLoss,
  updateScale,
} from '../../../src/trainer/finetune/loss-scale.js';
import { phaseStart } from './support/phase-start.js';

let engine: Engine;
let program: Program;
beforeAll(async () => {
  engine = await openEngine('onnx');
  program = await engine.compile(step());
});
afterAll(() => engine.dispose());

/** Gradient descent of w on Σ x·w, whose gradient is x. */
function step() {
  const g = new GraphBuilder();
  const w = g.parameter('w', [2]);
  const loss = reduceSum(g, multiply(g, w, g.input('x', [2])));
  const scaling = scaledLoss(g, loss);
  const raw = scaling.unscaled(gradients(g, scaling.loss, [w]));
  const isFinite = areFinite(g, raw);
  updateScale(g, isFinite);
  g.update('w', select(g, isFinite, subtract(g, w, raw[0] ?? w), w));
  g.output('sum', add(g, loss, g.scalar(0)));
  return g.build();
}

async function after(state: DeviceState, ...feeds: readonly number[][]): Promise<Record<string, number[]>> {
  for (const x of feeds) await program.run(state, { x: Float32Array.from(x) });
  const entries = await state.read();
  return Object.fromEntries([...entries].map(([name, { data }]) => [name, [...data]]));
}

const started = (scale?: number, age = 0): DeviceState => {
  const scalar = (number: number) => ({ shape: [], role: 'plain' as const, data: Float32Array.of(number) });
  const known =
    scale === undefined
      ? new Map()
      : new Map([
          [LOSS_SCALE, scalar(scale)],
          [LOSS_SCALE_AGE, scalar(age)],
        ]);
  const w = { shape: [2], role: 'plain' as const, data: Float32Array.of(1, 2) };
  return engine.createState(new Map([['w', w], ...lossScaleEntries(known)]));
};

it('takes the steps of the loss itself', async () => {
  expect(await after(started(), [0.25, -1])).toEqual({ w: [0.75, 3], [LOSS_SCALE]: [65536], [LOSS_SCALE_AGE]: [1] });
});

it.each([
  ['an infinite gradient', [Infinity, 0]],
  ['a gradient that is no number', [0, NaN]],
  ['a gradient that overflows when it is scaled', [3e38, 0]],
])('skips a step with %s, halves the scale, and goes on', async (_, x) => {
  const state = started();
  expect(await after(state, x)).toEqual({ w: [1, 2], [LOSS_SCALE]: [32768], [LOSS_SCALE_AGE]: [0] });
  expect(await after(state, [0.5, 0])).toEqual({ w: [0.5, 2], [LOSS_SCALE]: [32768], [LOSS_SCALE_AGE]: [1] });
});

it('doubles the scale after 2000 steps without overflow, up to a limit', async () => {
  expect(await after(started(1024, 1998), [0, 0])).toMatchObject({ [LOSS_SCALE]: [1024], [LOSS_SCALE_AGE]: [1999] });
  expect(await after(started(1024, 1999), [0, 0])).toMatchObject({ [LOSS_SCALE]: [2048], [LOSS_SCALE_AGE]: [0] });
  expect(await after(started(2 ** 24, 1999), [0, 0])).toMatchObject({ [LOSS_SCALE]: [2 ** 24], [LOSS_SCALE_AGE]: [0] });
  expect(await after(started(1), [Infinity, 0])).toMatchObject({ [LOSS_SCALE]: [1] });
});

it('continues from what a checkpoint holds', async () => {
  const first = started();
  await after(first, [NaN, 0], [1, 1]);
  const continued = engine.createState(await first.read());
  expect(await after(continued, [1, 1])).toEqual(await after(first, [1, 1]));
});

it('is in the state of a phase in float16 alone, and goes on into the next', async () => {
  expect((await phaseStart('float32')).has(LOSS_SCALE)).toBe(false);
  const entries = await phaseStart('float16');
  expect([...(entries.get(LOSS_SCALE)?.data ?? [])]).toEqual([65536]);
  const next = await phaseStart(
    'float16',
    new Map([[LOSS_SCALE, { shape: [], role: 'plain', data: Float32Array.of(8) }]]),
  );
  expect([...(next.get(LOSS_SCALE)?.data ?? [])]).toEqual([8]);
});
