// The text of PyTorch programs: no copies around convolutions, memory freed early, gradients left to autograd.
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/graph/builder.js';
import { gradients } from '../../../src/graph/gradients.js';
import type { Graph } from '../../../src/graph/graph.js';
import { add, multiply, subtract } from '../../../src/graph/operations/arithmetic.js';
import { conv2d } from '../../../src/graph/operations/conv2d.js';
import { relu } from '../../../src/graph/operations/elementwise.js';
import { reduceSum } from '../../../src/graph/operations/reduce.js';
import { reshape } from '../../../src/graph/operations/reshape.js';
import { lowerToTorch } from '../../../src/graph/torch/lower.js';

function convolutionStep({ givesLoss }: { givesLoss: boolean }): Graph {
  const g = new GraphBuilder();
  const x = g.input('x', [2, 8, 8, 3], { role: 'image', layout: 'NCHW' });
  const kernel = g.parameter('kernel', [3, 3, 3, 4], 'kernel');
  const y = relu(g, conv2d(g, relu(g, conv2d(g, x, kernel)), g.parameter('second', [3, 3, 4, 4], 'kernel')));
  const loss = reduceSum(g, multiply(g, y, y));
  if (givesLoss) g.output('loss', loss);
  const [slope] = gradients(g, loss, [kernel]);
  g.update('kernel', subtract(g, kernel, multiply(g, slope ?? loss, g.scalar(0.5))));
  return g.build();
}

describe('lowerToTorch', () => {
  it('leaves gradients to autograd where the loss is computed anyway', () => {
    const { source } = lowerToTorch(convolutionStep({ givesLoss: true }));
    expect(source).toMatch(/with torch.enable_grad\(\):/);
    expect(source.match(/autograd\.grad/g)).toHaveLength(1);
    expect(source).not.toMatch(/conv2d_weight|conv_transpose2d/);
  });

  it('writes gradients out where nothing needs the loss', () => {
    const { source } = lowerToTorch(convolutionStep({ givesLoss: false }));
    expect(source).not.toMatch(/autograd/);
    expect(source.match(/conv2d_weight/g)).toHaveLength(1);
  });

  it('turns images once where they come in, and never between layers', () => {
    const { source } = lowerToTorch(convolutionStep({ givesLoss: true }));
    expect(source.match(/contiguous/g)).toHaveLength(1);
    expect(source.match(/F\.conv2d/g)).toHaveLength(2);
  });

  it('frees each variable after its last reader, none that is still read', () => {
    const { source } = lowerToTorch(convolutionStep({ givesLoss: true }));
    const gone = new Set<string>();
    for (const line of source.split('\n')) {
      const [, list] = /^\s+del (.*)$/.exec(line) ?? [];
      const used = [...line.matchAll(/\bv\d+\b/g)].map(([name]) => name);
      expect(used.filter((name) => gone.has(name))).toEqual([]);
      for (const name of list?.split(', ') ?? []) gone.add(name);
    }
    expect(gone.size).toBeGreaterThan(5);
  });

  it('copies what an update would share with an input or the state', () => {
    const g = new GraphBuilder();
    g.parameter('a', [4]);
    g.parameter('b', [4]);
    g.parameter('c', [4]);
    g.update('a', g.parameter('b', [4]));
    g.update('b', reshape(g, g.input('x', [2, 2]), [4]));
    g.update('c', add(g, g.parameter('b', [4]), g.scalar(1)));
    const [, updates = ''] = /return \(\), \((.*)\)/.exec(lowerToTorch(g.build()).source) ?? [];
    expect(updates.split(', ').map((text) => text.includes('.clone()'))).toEqual([true, true, false]);
  });

  it('writes scalars as numbers, and gives them as arrays', () => {
    const g = new GraphBuilder();
    g.output('y', multiply(g, g.input('x', []), g.scalar(-0.5)));
    g.output('two', g.scalar(2));
    const { source, constants } = lowerToTorch(g.build());
    expect(source).toContain('* (-0.5)');
    expect(source).toContain('torch.full((), 2.0, device=device)');
    expect(constants).toEqual([]);
  });
});
