// Where arrays enter and leave: layouts, pixels, names, copies, and what is refused.
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { Layout } from '../../src/graph/graph.js';
import type { HostTensor } from '../../src/graph/host-tensor.js';
import { add, multiply } from '../../src/graph/operations/arithmetic.js';
import { conv2d } from '../../src/graph/operations/conv2d.js';
import { matMul } from '../../src/graph/operations/mat-mul.js';
import { globalAveragePool } from '../../src/graph/operations/pool.js';
import { reduceSum } from '../../src/graph/operations/reduce.js';
import { reshape } from '../../src/graph/operations/reshape.js';
import { logSoftmax } from '../../src/graph/operations/softmax.js';
import { describeEngines, loadEngines } from './tested-engines.js';

const SHAPE = [2, 3, 4, 5] as const;
const COUNT = 120;
const nhwc = Float32Array.from({ length: COUNT }, (_, i) => i);
/** The same image in NCHW. */
const nchw = Float32Array.from({ length: COUNT }, (_, i) => {
  const [column, row] = [i % 4, Math.floor(i / 4) % 3];
  const [channel, image] = [Math.floor(i / 12) % 5, Math.floor(i / 60)];
  return ((image * 3 + row) * 4 + column) * 5 + channel;
});
const tensor = (shape: number[], data: number[], role: HostTensor['role'] = 'plain'): HostTensor => ({
  shape,
  role,
  data: Float32Array.from(data),
});

describeEngines(await loadEngines(), (engine) => {
  it.each<[Layout, Layout]>([
    ['NHWC', 'NHWC'],
    ['NHWC', 'NCHW'],
    ['NCHW', 'NHWC'],
    ['NCHW', 'NCHW'],
  ])('takes images in %s and gives them in %s', async (taken, given) => {
    const g = new GraphBuilder();
    const x = g.input('x', SHAPE, { role: 'image', layout: taken });
    g.output('y', add(g, x, g.scalar(1)), { layout: given });
    g.output('x', x, { layout: given });
    const program = await engine.compile(g.build());
    const { x: same, y } = await program.run(engine.createState(new Map()), { x: taken === 'NCHW' ? nchw : nhwc });
    const expected = given === 'NCHW' ? nchw : nhwc;
    expect([...(same ?? [])]).toEqual([...expected]);
    expect([...(y ?? [])]).toEqual([...expected].map((number) => number + 1));
  });

  it('takes pixels as bytes, in both layouts', async () => {
    for (const layout of ['NHWC', 'NCHW'] as const) {
      const g = new GraphBuilder();
      g.output('y', g.input('x', SHAPE, { role: 'image', type: 'uint8', layout }));
      const program = await engine.compile(g.build());
      const bytes = Uint8Array.from(layout === 'NCHW' ? nchw : nhwc, (number) => number + 100);
      const { y } = await program.run(engine.createState(new Map()), { x: bytes });
      expect([...(y ?? [])]).toEqual([...nhwc].map((number) => number + 100));
    }
  });

  it('gives back what it was given, whatever the role', async () => {
    const numbers = Array.from({ length: 36 }, (_, i) => i);
    const entries = new Map<string, HostTensor>([
      ['scalar', tensor([], [3])],
      ['kernel', tensor([3, 2, 2, 3], numbers, 'kernel')],
      ['pointwise', tensor([1, 1, 12, 3], numbers, 'kernel')],
      ['depthwise', tensor([3, 3, 4, 1], numbers, 'depthwiseKernel')],
      ['image', tensor([1, 3, 4, 3], numbers, 'image')],
      ['plain', tensor([6, 6], numbers)],
    ]);
    const state = engine.createState(entries);
    expect(await state.read()).toEqual(entries);
    expect([...(await state.read(['plain', 'scalar'])).keys()]).toEqual(['plain', 'scalar']);
    const g = new GraphBuilder();
    for (const [name, { shape, role }] of entries) g.output(name, g.parameter(name, shape, role));
    const program = await engine.compile(g.build());
    const outputs = await program.run(state, {});
    for (const [name, { data }] of entries) expect(outputs[name], name).toEqual(data);
  });

  it('gives constants as they are, minus zero too', async () => {
    const g = new GraphBuilder();
    g.output('zero', g.scalar(0));
    g.output('minus', multiply(g, g.input('x', []), g.scalar(-0)));
    g.output('list', g.constant([1, 2, 3], [3]));
    const program = await engine.compile(g.build());
    const { zero, minus, list } = await program.run(engine.createState(new Map()), { x: Float32Array.of(2) });
    expect(zero).toEqual(Float32Array.of(0));
    expect(minus).toEqual(Float32Array.of(-0));
    expect(list).toEqual(Float32Array.of(1, 2, 3));
  });

  it('lets an input, a parameter and an output share a name, and one array leave under many', async () => {
    const g = new GraphBuilder();
    const sum = add(g, g.input('a', []), g.parameter('a', []));
    g.output('a', sum);
    g.output('b', sum);
    g.update('a', sum);
    const program = await engine.compile(g.build());
    const state = engine.createState(new Map([['a', tensor([], [2])]]));
    expect(await program.run(state, { a: Float32Array.of(3) })).toEqual({
      a: Float32Array.of(5),
      b: Float32Array.of(5),
    });
    expect(await program.run(state, { a: Float32Array.of(3) })).toEqual({
      a: Float32Array.of(8),
      b: Float32Array.of(8),
    });
  });

  it('updates at once: parameters may change places, inputs become entries', async () => {
    const g = new GraphBuilder();
    const [a, b] = [g.parameter('a', [2]), g.parameter('b', [2])];
    g.parameter('c', [2]);
    g.update('a', b);
    g.update('b', a);
    g.update('c', g.input('x', [2]));
    const program = await engine.compile(g.build());
    const state = engine.createState(
      new Map([
        ['a', tensor([2], [1, 2])],
        ['b', tensor([2], [3, 4])],
        ['c', tensor([2], [0, 0])],
      ]),
    );
    const feed = Float32Array.of(5, 6);
    for (let run = 0; run < 3; run++) await program.run(state, { x: feed });
    feed.fill(0);
    const entries = await state.read();
    expect([...entries.values()].map(({ data }) => [...data])).toEqual([
      [3, 4],
      [1, 2],
      [5, 6],
    ]);
  });

  it('replaces and adds entries, keeping their shapes', async () => {
    const state = engine.createState(new Map([['a', tensor([2], [1, 2])]]));
    state.write(
      new Map([
        ['a', tensor([2], [3, 4])],
        ['b', tensor([1], [5])],
      ]),
    );
    expect([...(await state.read()).values()].map(({ data }) => [...data])).toEqual([[3, 4], [5]]);
    expect(() => state.write(new Map([['a', tensor([1, 2], [3, 4])]]))).toThrow(
      /plain \[2\], got plain \[1, 2\] at entry a/,
    );
    expect(() => state.write(new Map([['c', tensor([3], [3, 4])]]))).toThrow(/3 numbers, got 2 at entry c/);
    await expect(state.read(['missing'])).rejects.toMatchObject({ code: 'ERR_GRAPH' });
  });

  it('keeps the outputs of one run when the next one comes', async () => {
    const g = new GraphBuilder();
    g.output('y', multiply(g, g.input('x', []), g.scalar(2)));
    const program = await engine.compile(g.build());
    const state = engine.createState(new Map());
    const first = await program.run(state, { x: Float32Array.of(1) });
    await program.run(state, { x: Float32Array.of(2) });
    expect(first['y']?.[0]).toBe(2);
  });

  it('takes shared memory and slices of buffers', async () => {
    const g = new GraphBuilder();
    g.output('y', add(g, g.input('x', [3]), g.input('bytes', [3], { type: 'uint8' })));
    const program = await engine.compile(g.build());
    const x = new Float32Array(new SharedArrayBuffer(12));
    x.set([1, 2, 3]);
    const bytes = Buffer.from([0, 10, 20, 30, 40]).subarray(1, 4);
    const { y } = await program.run(engine.createState(new Map()), { x, bytes });
    expect([...(y ?? [])]).toEqual([11, 22, 33]);
  });

  it('gives the same bits wherever in memory its arrays lie', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', [1, 7, 37, 29], { role: 'image', layout: 'NCHW' });
    const flat = reshape(g, g.input('z', [7511]), [7511]);
    g.output('all', reduceSum(g, x));
    g.output('pooled', globalAveragePool(g, x));
    g.output('sums', reduceSum(g, x, [0, 1, 2]));
    g.output('flat', reduceSum(g, flat));
    g.output('product', matMul(g, reshape(g, flat, [7, 1073]), reshape(g, flat, [7, 1073]), { transposeB: true }));
    g.output('logSoftmax', logSoftmax(g, reshape(g, flat, [7, 1073])));
    const program = await engine.compile(g.build());
    const state = engine.createState(new Map());
    const numbers = Float32Array.from({ length: 7511 }, (_, i) => Math.sin(i) * 10 ** (i % 5));
    const first = await program.run(state, { x: numbers, z: numbers });
    for (const offset of [1, 2, 3, 4, 8, 11, 12]) {
      const feed = new Float32Array(new ArrayBuffer(4 * (7511 + offset)), 4 * offset);
      feed.set(numbers);
      expect(await program.run(state, { x: feed, z: feed })).toEqual(first);
    }
  });

  it.each<[string, Record<string, Float32Array | Uint8Array>, RegExp]>([
    ['nothing', {}, /expected 48 numbers as Float32Array, got nothing at feed x/],
    [
      'too few numbers',
      { x: new Float32Array(47) },
      /expected 48 numbers as Float32Array, got 47 as Float32Array at feed x/,
    ],
    ['another type', { x: new Uint8Array(48) }, /got 48 as Uint8Array at feed x/],
    ['something unknown', { x: new Float32Array(48), z: new Float32Array(1) }, /expected feeds x, got also z at run/],
  ])('refuses to be fed %s', async (_, feeds, message) => {
    const g = new GraphBuilder();
    const kernel = g.parameter('kernel', [3, 3, 3, 2], 'kernel');
    g.output('y', conv2d(g, g.input('x', [1, 4, 4, 3], { role: 'image' }), kernel));
    const program = await engine.compile(g.build());
    const state = engine.createState(
      new Map([['kernel', tensor([3, 3, 3, 2], new Array<number>(54).fill(1), 'kernel')]]),
    );
    await expect(program.run(state, feeds)).rejects.toThrow(message);
    const { y } = await program.run(state, { x: new Float32Array(48).fill(1) });
    expect(y?.[0]).toBe(27);
  });

  it('writes outputs to the arrays that it is given for them, and to new ones otherwise', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', [1, 2, 2, 3], { role: 'image', layout: 'NCHW' });
    g.output('same', add(g, x, g.scalar(0)), { layout: 'NCHW' });
    g.output('twice', add(g, x, x), { layout: 'NCHW' });
    const program = await engine.compile(g.build());
    const state = engine.createState(new Map());
    const numbers = Float32Array.from({ length: 12 }, (_, i) => i);
    const room = new Float32Array(20).fill(-1);
    const twice = room.subarray(4, 16);
    for (const factor of [1, 3]) {
      const feed = numbers.map((number) => factor * number);
      const outputs = await program.run(state, { x: feed }, { twice });
      expect(outputs['twice']).toBe(twice);
      expect(twice).toEqual(feed.map((number) => 2 * number));
      expect(outputs['same']).toEqual(feed);
    }
    expect([...room.subarray(0, 4), ...room.subarray(16)]).toEqual(new Array<number>(8).fill(-1));
    await expect(program.run(state, { x: numbers }, { twice: new Float32Array(11) })).rejects.toThrow(
      'expected 12 numbers, got room for 11 at output twice',
    );
    await expect(program.run(state, { x: numbers }, { thrice: twice })).rejects.toThrow(
      'expected no such output, got room for 12 at output thrice',
    );
  });

  it('refuses a state that lacks an entry or holds it in another shape', async () => {
    const g = new GraphBuilder();
    g.output('y', g.parameter('w', [2]));
    const program = await engine.compile(g.build());
    await expect(program.run(engine.createState(new Map()), {})).rejects.toThrow(/plain \[2\], got nothing at entry w/);
    const other = engine.createState(new Map([['w', tensor([2, 1], [1, 2])]]));
    await expect(program.run(other, {})).rejects.toThrow(/plain \[2\], got plain \[2, 1\] at entry w/);
  });

  it('holds its memory over a thousand runs', async () => {
    const g = new GraphBuilder();
    const w = g.parameter('w', [128, 1024]);
    const next = add(g, multiply(g, w, g.scalar(0.5)), g.input('x', [1024]));
    g.update('w', next);
    g.output('y', next);
    const program = await engine.compile(g.build());
    const state = engine.createState(new Map([['w', tensor([128, 1024], new Array<number>(128 * 1024).fill(1))]]));
    const feed = new Float32Array(1024).fill(1);
    for (let run = 0; run < 100; run++) await program.run(state, { x: feed });
    const before = process.memoryUsage().rss;
    for (let run = 0; run < 1000; run++) await program.run(state, { x: feed });
    // Half a megabyte is written and another read in each run.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(200);
  });
});
