// Reverse-mode differentiation as such; the rules of the operations are held against tfjs in the engines' conformance suite.
import { describe, expect, it } from 'vitest';
import { openEngine } from '../../src/engines/open-engine.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { gradients } from '../../src/graph/gradients.js';
import type { Value } from '../../src/graph/graph.js';
import { add, multiply } from '../../src/graph/operations/arithmetic.js';
import { conv2d } from '../../src/graph/operations/conv2d.js';
import { exp, relu } from '../../src/graph/operations/elementwise.js';
import { globalAveragePool } from '../../src/graph/operations/pool.js';
import { reduceSum } from '../../src/graph/operations/reduce.js';

const engine = await openEngine('onnx');

async function evaluate(
  g: GraphBuilder,
  values: readonly Value[],
  feeds: Record<string, Float32Array>,
): Promise<number[][]> {
  values.forEach((value, i) => g.output(String(i), value));
  const program = await engine.compile(g.build());
  const results = await program.run(engine.createState(new Map()), feeds);
  await program.dispose();
  return values.map((_, i) => [...(results[i] ?? [])]);
}

describe('gradients', () => {
  it('add up over all ways from a value to the loss', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', []);
    // x³ + 2x by way of shared parts: the derivative is 3x² + 2.
    const loss = add(g, multiply(g, multiply(g, x, x), x), add(g, x, x));
    expect(await evaluate(g, gradients(g, loss, [x]), { x: Float32Array.of(3) })).toEqual([[29]]);
  });

  it('are zeros for what the loss does not depend on', async () => {
    const g = new GraphBuilder();
    const [x, other] = [g.input('x', []), g.input('other', [2, 2])];
    const found = gradients(g, exp(g, x), [other, x]);
    const feeds = { x: Float32Array.of(0), other: new Float32Array(4) };
    expect(await evaluate(g, found, feeds)).toEqual([[0, 0, 0, 0], [1]]);
  });

  it('are taken by inner values and by the loss itself', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', []);
    const inner = multiply(g, x, g.scalar(3));
    const loss = multiply(g, inner, inner);
    expect(await evaluate(g, gradients(g, loss, [x, inner, loss]), { x: Float32Array.of(2) })).toEqual([
      [36],
      [12],
      [1],
    ]);
  });

  it('do not need operations below what they are taken by', () => {
    const g = new GraphBuilder();
    const image = g.input('image', [1, 4, 4, 2], { role: 'image' });
    const [below, above] = [1, 2].map((n) => g.parameter(`kernel${n}`, [3, 3, 2, 2], 'kernel')) as [Value, Value];
    const frozen = relu(g, conv2d(g, image, below, { padding: 'same' }));
    const loss = reduceSum(g, globalAveragePool(g, conv2d(g, frozen, above, { padding: 'same' })));
    g.output('gradient', gradients(g, loss, [above])[0] as Value);
    const operations = g.build().nodes.map(({ op }) => op);
    expect(operations.filter((op) => op === 'conv2dKernelGradient')).toHaveLength(1);
    expect(operations).not.toContain('conv2dInputGradient');
  });

  it('go through networks deeper than the stack', () => {
    const g = new GraphBuilder();
    const x = g.input('x', []);
    let y = x;
    for (let i = 0; i < 20_000; i++) y = add(g, y, x);
    expect(gradients(g, y, [x])[0]?.shape).toEqual([]);
  });

  it('refuse a loss that is no scalar', () => {
    const g = new GraphBuilder();
    const x = g.input('x', [2]);
    expect(() => gradients(g, x, [x])).toThrow(/a scalar loss of shape \[\], got plain \[2\] at gradients/);
  });

  it('refuse operations without a rule', () => {
    const g = new GraphBuilder();
    const kernel = g.parameter('kernel', [3, 3, 2, 2], 'kernel');
    const image = g.input('image', [1, 4, 4, 2], { role: 'image' });
    const loss = reduceSum(g, conv2d(g, image, kernel));
    const [second] = gradients(g, loss, [kernel]);
    expect(() => gradients(g, reduceSum(g, second as Value), [image])).toThrow(
      /an operation with a gradient, got one without at conv2dKernelGradient/,
    );
  });
});
