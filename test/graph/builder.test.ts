// The graph builder: what it shares, drops and refuses.
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.js';
import { add, multiply } from '../../src/graph/operations/arithmetic.js';
import { concat } from '../../src/graph/operations/concat.js';
import { exp, relu } from '../../src/graph/operations/elementwise.js';

describe('GraphBuilder', () => {
  it('makes equal operations on equal inputs once', () => {
    const g = new GraphBuilder();
    const x = g.input('x', [2]);
    expect(add(g, relu(g, x), g.scalar(1))).toBe(add(g, relu(g, x), g.scalar(1)));
  });

  it('keeps operations apart that differ in attributes or order', () => {
    const g = new GraphBuilder();
    const [x, y] = [g.input('x', [2, 2]), g.input('y', [2, 2])];
    expect(concat(g, [x, y], 0)).not.toBe(concat(g, [x, y], 1));
    expect(concat(g, [x, y], 0)).not.toBe(concat(g, [y, x], 0));
  });

  it('makes equal small constants once, telling 0 from −0', () => {
    const g = new GraphBuilder();
    expect(g.scalar(0.5)).toBe(g.scalar(0.5));
    expect(g.scalar(0)).not.toBe(g.scalar(-0));
    expect(g.constant([1], [1])).not.toBe(g.scalar(1));
  });

  it('copies the data of constants', () => {
    const g = new GraphBuilder();
    const data = Float32Array.of(1, 2);
    g.output('c', g.constant(data, [2]));
    data.fill(0);
    expect([...(g.build().constants[0]?.tensor.data ?? [])]).toEqual([1, 2]);
  });

  it('leaves out what nothing needs, but not inputs', () => {
    const g = new GraphBuilder();
    const [x, unread] = [g.input('x', [2]), g.input('unread', [3])];
    const [w, unused] = [g.parameter('w', [2]), g.parameter('unused', [2])];
    exp(g, multiply(g, unused, g.scalar(3)));
    exp(g, unread);
    g.output('y', add(g, x, w));
    const graph = g.build();
    expect(graph.nodes.map(({ op }) => op)).toEqual(['add']);
    expect(graph.constants).toEqual([]);
    expect(graph.parameters.map(({ name }) => name)).toEqual(['w']);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x', 'unread']);
  });

  it('keeps a parameter that is written though nothing reads it', () => {
    const g = new GraphBuilder();
    g.parameter('w', [2]);
    g.update('w', g.input('x', [2]));
    expect(g.build().parameters.map(({ name }) => name)).toEqual(['w']);
  });

  it('gives nodes in an order in which each follows what it reads', () => {
    const g = new GraphBuilder();
    const x = g.input('x', [2]);
    g.output('y', add(g, exp(g, relu(g, x)), relu(g, x)));
    expect(g.build().nodes.map(({ op }) => op)).toEqual(['relu', 'exp', 'add']);
  });

  it('gives the same value for a parameter asked for again', () => {
    const g = new GraphBuilder();
    expect(g.parameter('w', [1, 1, 2, 3], 'kernel')).toBe(g.parameter('w', [1, 1, 2, 3], 'kernel'));
  });

  it('is plain JSON but for numbers and data', () => {
    const g = new GraphBuilder();
    g.output('y', concat(g, [g.input('x', [2, 1]), g.input('z', [2, 3])], -1));
    const graph = g.build();
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
  });

  it.each<[string, (g: GraphBuilder) => unknown, RegExp]>([
    ['a second input of a name', (g) => [g.input('x', [1]), g.input('x', [1])], /new input name.*"x" again at input x/],
    [
      'a parameter in another shape',
      (g) => [g.parameter('w', [2]), g.parameter('w', [3])],
      /plain \[2\], got plain \[3\] at parameter w/,
    ],
    ['a dimension of nothing', (g) => g.input('x', [0, 3]), /positive integer dimensions, got \[0, 3\] at input x/],
    ['a fraction of a dimension', (g) => g.input('x', [1.5]), /positive integer dimensions/],
    ['an image of rank 3', (g) => g.input('x', [3, 3, 3], { role: 'image' }), /rank 4 for role image, got \[3, 3, 3\]/],
    ['too little data for a constant', (g) => g.constant([1, 2], [3]), /3 numbers for \[3\], got 2 at constant/],
    ['a second output of a name', (g) => [g.output('y', g.scalar(1)), g.output('y', g.scalar(1))], /"y" again/],
    ['an update of something unknown', (g) => g.update('w', g.scalar(1)), /a parameter of this graph, got "w"/],
    [
      'an update of another shape',
      (g) => [g.parameter('w', [2]), g.update('w', g.scalar(1))],
      /plain \[2\], got plain \[\] at update of w/,
    ],
    [
      'two updates of a parameter',
      (g) => [g.update('w', g.parameter('w', [])), g.update('w', g.scalar(1))],
      /one update, got a second/,
    ],
    ['a value of another graph', (g) => relu(g, new GraphBuilder().scalar(1)), /inputs of this graph/],
    ['an output of another graph', (g) => g.output('y', new GraphBuilder().scalar(1)), /a value of this graph/],
  ])('refuses %s', (_, build, message) => {
    expect(() => build(new GraphBuilder())).toThrow(
      expect.objectContaining({ code: 'ERR_GRAPH', message: expect.stringMatching(message) }),
    );
  });
});
