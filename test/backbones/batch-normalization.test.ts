// BatchNorm in both modes against its formulas, computed here by hand.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import type { BatchNormLayer } from '../../src/backbones/backbone.js';
import { batchNormalization } from '../../src/backbones/forward.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { gradients } from '../../src/graph/gradients.js';
import type { Value } from '../../src/graph/graph.js';
import { multiply } from '../../src/graph/operations/arithmetic.js';
import { reduceSum } from '../../src/graph/operations/reduce.js';
import { plain, runGraph } from './run-graph.js';

const layer: BatchNormLayer = {
  op: 'batchNorm',
  name: 'bn',
  inputs: ['input'],
  scale: true,
  epsilon: 1e-3,
  momentum: 0.9,
};
const SHAPE = [4, 3, 2, 2] as const;
const weights = {
  'bn/gamma': plain(1.5, 0.5),
  'bn/beta': plain(0.2, -1),
  'bn/moving_mean': plain(1, -2),
  'bn/moving_variance': plain(4, 0.25),
};
const random = RandomStream.of('batch-normalization');
const image = Float32Array.from({ length: 48 }, (_, i) => (i % 2 ? 3 + random.normal() : 0.5 * random.normal()));
const channel = (c: number): number[] => [...image].filter((_, i) => i % 2 === c);
const average = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const spread = (numbers: readonly number[]): number => average(numbers.map((x) => (x - average(numbers)) ** 2));

function build(
  options: Partial<BatchNormLayer>,
  mode: 'training' | 'inference',
): { g: GraphBuilder; x: Value; y: Value } {
  const g = new GraphBuilder();
  const x = g.input('x', SHAPE, { role: 'image' });
  const y = batchNormalization(g, { ...layer, ...options }, x, {
    parameters: (name) => g.parameter(name, [2]),
    mode,
    onStatistics: (name, value) => g.update(name, value),
  });
  g.output('y', y);
  return { g, x, y };
}

const state = new Map(Object.entries(weights));

describe('batchNormalization', () => {
  it('uses the moving averages in inference', async () => {
    const { outputs } = await runGraph(build({}, 'inference').g, { x: image }, state);
    const expected = [...image].map((x, i) =>
      i % 2 ? (0.5 * (x + 2)) / Math.sqrt(0.251) - 1 : (1.5 * (x - 1)) / Math.sqrt(4.001) + 0.2,
    );
    expect(closest(outputs['y']!, expected)).toBeLessThan(1e-5);
  });

  it('leaves the moving averages alone in inference', async () => {
    const after = await runGraph(build({}, 'inference').g, { x: image }, state);
    expect(after.state.get('bn/moving_mean')!.data).toEqual(weights['bn/moving_mean'].data);
  });

  it('normalises by the statistics of the batch in training', async () => {
    const { outputs } = await runGraph(build({}, 'training').g, { x: image }, state);
    const [a, b] = [channel(0), channel(1)];
    const expected = [...image].map((x, i) =>
      i % 2
        ? (0.5 * (x - average(b))) / Math.sqrt(spread(b) + 1e-3) - 1
        : (1.5 * (x - average(a))) / Math.sqrt(spread(a) + 1e-3) + 0.2,
    );
    expect(closest(outputs['y']!, expected)).toBeLessThan(1e-5);
  });

  it('moves the averages in training by the batch mean and the biased variance', async () => {
    const after = await runGraph(build({}, 'training').g, { x: image }, state);
    const expected = { mean: [1, -2], variance: [4, 0.25] };
    expect(
      closest(
        after.state.get('bn/moving_mean')!.data,
        expected.mean.map((m, c) => 0.9 * m + 0.1 * average(channel(c))),
      ),
    ).toBeLessThan(1e-6);
    expect(
      closest(
        after.state.get('bn/moving_variance')!.data,
        expected.variance.map((v, c) => 0.9 * v + 0.1 * spread(channel(c))),
      ),
    ).toBeLessThan(1e-6);
  });

  it.each([true, false])('has the gradient of finite differences in training, scale %s', async (scale) => {
    const { g, x, y } = build({ scale }, 'training');
    const loss = reduceSum(g, multiply(g, y, g.input('v', SHAPE, { role: 'image' })));
    g.output('loss', loss);
    g.output('dx', gradients(g, loss, [x])[0]!);
    const v = Float32Array.from(image, () => random.normal());
    const parameters = new Map([...state].filter(([name]) => scale || name !== 'bn/gamma'));
    const { outputs } = await runGraph(g, { x: image, v }, parameters);
    for (const i of [0, 7, 31]) {
      const at = async (shift: number): Promise<number> => {
        const moved = image.map((value, k) => (k === i ? value + shift : value));
        return (await runGraph(g, { x: moved, v }, parameters)).outputs['loss']![0]!;
      };
      const difference = ((await at(0.02)) - (await at(-0.02))) / 0.04;
      expect(Math.abs(outputs['dx']![i]! - difference)).toBeLessThan(0.02 * Math.max(1, Math.abs(difference)));
    }
  });
});

function closest(actual: Float32Array, expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
}
