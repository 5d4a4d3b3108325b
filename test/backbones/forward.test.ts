// Cuts, and the pieces between them.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import type { Backbone } from '../../src/backbones/backbone.js';
import { buildForward } from '../../src/backbones/forward.js';
import { initialise } from '../../src/backbones/initialise.js';
import { parameterSpecs } from '../../src/backbones/parameters.js';
import { BACKBONES, getBackbone } from '../../src/backbones/registry.js';
import { outputShape } from '../../src/backbones/shapes.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { Value } from '../../src/graph/graph.js';
import { runGraph } from './run-graph.js';

function part(backbone: Backbone, from: number, to: number, mode: 'training' | 'inference' = 'inference') {
  const g = new GraphBuilder();
  const specs = new Map(parameterSpecs(backbone).map((spec) => [spec.name, spec]));
  const used: string[] = [];
  const moved: string[] = [];
  const size = Math.max(backbone.minimumSize, 64);
  const output = buildForward(g, backbone, {
    from,
    to,
    input: g.input('x', [2, ...outputShape(backbone, size, from)], { role: 'image' }),
    parameters: (name): Value => {
      used.push(name);
      return g.parameter(name, specs.get(name)!.shape, specs.get(name)!.role);
    },
    mode,
    onStatistics: (name) => moved.push(name),
  });
  g.output('y', output);
  return { g, output, used, moved, size };
}

describe('buildForward', () => {
  it('has at every cut of every backbone the shape that outputShape tells', () => {
    for (const backbone of BACKBONES) {
      for (let cut = 1; cut <= backbone.blocks.length; cut++) {
        const { output, size } = part(backbone, cut - 1, cut);
        expect(output.shape).toEqual([2, ...outputShape(backbone, size, cut)]);
      }
    }
  });

  it('asks for just the parameters of its blocks', () => {
    for (const backbone of BACKBONES) {
      const from = backbone.blocks.length - 3;
      const { used } = part(backbone, from, backbone.blocks.length);
      const expected = parameterSpecs(backbone).filter((spec) => spec.block >= from);
      expect([...new Set(used)].sort()).toEqual(expected.map((spec) => spec.name).sort());
    }
  });

  it('moves each moving average once in training, and none in inference', () => {
    const backbone = getBackbone('mobilenetv2');
    const averages = parameterSpecs(backbone).filter((spec) => !spec.trainable);
    expect(part(backbone, 0, 18, 'training').moved.sort()).toEqual(averages.map((spec) => spec.name).sort());
    expect(part(backbone, 0, 18).moved).toEqual([]);
  });

  it('gives in two pieces what it gives in one', async () => {
    const backbone = getBackbone('quicknet');
    const weights = initialise(backbone, RandomStream.of('pieces'));
    const random = RandomStream.of('image');
    const x = new Float32Array(2 * 64 * 64 * 3).map(() => random.uniform(-1, 1));
    const whole = await runGraph(part(backbone, 0, 6).g, { x }, weights);
    const lower = await runGraph(part(backbone, 0, 3).g, { x }, weights);
    const upper = await runGraph(part(backbone, 3, 6).g, { x: lower.outputs['y']! }, weights);
    expect(upper.outputs['y']).toEqual(whole.outputs['y']);
  });

  it('is its input between equal cuts', () => {
    const g = new GraphBuilder();
    const input = g.input('x', [1, 64, 64, 3], { role: 'image' });
    const options = { from: 2, to: 2, input, parameters: () => input, mode: 'inference' } as const;
    expect(buildForward(g, getBackbone('quicknet'), options)).toBe(input);
  });

  it.each([
    [-1, 2],
    [3, 2],
    [0, 7],
    [0.5, 2],
  ])('refuses the cuts %d and %d', (from, to) => {
    const g = new GraphBuilder();
    const input = g.input('x', [1, 64, 64, 3], { role: 'image' });
    const options = { from, to, input, parameters: () => input, mode: 'inference' } as const;
    expect(() => buildForward(g, getBackbone('quicknet'), options)).toThrow(/0 ≤ from ≤ to ≤ 6/);
  });
});
