// Several runs of a graph in one: the same bits as one after the other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { TRAINING_DEFAULTS } from '../../src/study/schema/training-schema.js';
import { initialise } from '../../src/backbones/initialise.js';
import { getBackbone } from '../../src/backbones/registry.js';
import type { Engine, Program } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { initialHead } from '../../src/trainer/finetune/head.js';
import { optimizerOf, slotName } from '../../src/trainer/finetune/optimizers.js';
import { isRateName, trainingGraph } from '../../src/trainer/finetune/tail-graphs.js';
import { type Tail, pooledChannels, tailSpecs, trainedParameters } from '../../src/trainer/finetune/tail.js';
import { chained, feedsOf, linkName } from '../../src/graph/chained.js';
import type { Graph } from '../../src/graph/graph.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { type HostTensor, sizeOf } from '../../src/graph/host-tensor.js';
import { add, multiply } from '../../src/graph/operations/arithmetic.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

type Feeds = Record<string, Float32Array>;

const bytes = (entries: ReadonlyMap<string, HostTensor>): Map<string, string> =>
  new Map([...entries].map(([name, { data }]) => [name, Buffer.from(data.buffer).toString('base64')]));

/** What runs leave, and the losses on the way. */
async function run(
  graph: Graph,
  entries: ReadonlyMap<string, HostTensor>,
  feeds: readonly Feeds[],
): Promise<{ left: Map<string, string>; outputs: Awaited<ReturnType<Program['run']>>[] }> {
  const program = await engine.compile(graph);
  const state = engine.createState(entries);
  const outputs: Awaited<ReturnType<Program['run']>>[] = [];
  for (const one of feeds) outputs.push(await program.run(state, one));
  const left = bytes(await state.read());
  state.dispose();
  await program.dispose();
  return { left, outputs };
}

const together = (feeds: readonly Feeds[]): Feeds =>
  Object.assign(
    {},
    ...feeds.map((one, link) =>
      Object.fromEntries(Object.entries(one).map(([name, feed]) => [linkName(name, link), feed])),
    ),
  ) as Feeds;

describe('chained', () => {
  it('hands on what is updated, and keeps what is not', async () => {
    const g = new GraphBuilder();
    const [sum, factor] = [g.parameter('sum', [2]), g.parameter('factor', [2])];
    const grown = add(g, sum, multiply(g, factor, g.input('x', [2])));
    g.update('sum', grown);
    g.output('seen', sum);
    const entries = new Map<string, HostTensor>([
      ['sum', { shape: [2], role: 'plain', data: Float32Array.of(1, 2) }],
      ['factor', { shape: [2], role: 'plain', data: Float32Array.of(10, 100) }],
    ]);
    const feeds = [1, 2, 3].map((x) => ({ x: Float32Array.of(x, x) }));
    const { left, outputs } = await run(chained(g.build(), 3), entries, [together(feeds)]);
    expect(outputs[0]).toEqual({
      'seen@0': Float32Array.of(1, 2),
      'seen@1': Float32Array.of(11, 102),
      'seen@2': Float32Array.of(31, 302),
    });
    expect(left.get('sum')).toBe(Buffer.from(Float32Array.of(61, 602).buffer).toString('base64'));
    expect(left.get('factor')).toBe(Buffer.from(Float32Array.of(10, 100).buffer).toString('base64'));
  });

  it('takes what enters by the names of a link', () => {
    const feeds = { 'x@0': 1, 'y@0': 2, 'x@1': 3, 'y@1': 4, 'x@11': 5 };
    expect(feedsOf(feeds, 1)).toEqual({ x: 3, y: 4 });
    expect(feedsOf(feeds, 11)).toEqual({ x: 5 });
  });
});

// What layers there are: fire modules, bottlenecks with BatchNorm, inverted residuals, squeeze and excitation, branches.
it.each([
  ['squeezenet1.1', 3, 64, 'adam'],
  ['squeezenet1.1', 3, 64, 'sgd'],
  ['squeezenet1.1', 3, 64, 'rmsprop'],
  ['resnet50', 1, 64, 'adam'],
  ['mobilenetv2', 2, 64, 'rmsprop'],
  ['efficientnetb0', 2, 64, 'adam'],
  ['inceptionv3', 1, 96, 'sgd'],
] as const)(
  'steps of %s with %i blocks at %i pixels by %s leave the bits of one after the other',
  async (name, depth, side, optimizer) => {
    const options = { ...TRAINING_DEFAULTS, optimizer };
    const backbone = getBackbone(name);
    const tail: Tail = { backbone, inputSize: side, depth, classes: 3 };
    const graph = trainingGraph(tail, 4, { optimizer: options, penalties: ['l2'], clips: true });
    const random = RandomStream.of('chain', name);
    const weights = initialise(backbone, random);
    const entries = new Map<string, HostTensor>(initialHead(pooledChannels(tail), 3));
    for (const spec of tailSpecs(tail)) entries.set(spec.name, weights.get(spec.name) as HostTensor);
    for (const { name: parameter, shape, role } of trainedParameters(tail)) {
      for (const slot of optimizerOf(options).slots) {
        entries.set(slotName(slot, parameter), { shape, role, data: new Float32Array(sizeOf(shape)) });
      }
    }
    const feeds = [0.01, 0.02, 0.03].map((rate): Feeds => {
      const entry = (input: string, length: number): Float32Array => {
        if (isRateName(input)) return Float32Array.of(rate);
        if (input === 'l2') return Float32Array.of(1e-3);
        if (input === 'clipNorm') return Float32Array.of(1);
        if (input === 'labels') return Float32Array.from({ length }, (_, i) => (i % 4 === 0 ? 1 : 0));
        if (input === 'weights') return new Float32Array(length).fill(0.25);
        if (input === 'mask') return Float32Array.from({ length }, () => (random.next() < 0.2 ? 0 : 1.25));
        return Float32Array.from({ length }, () => Math.max(0, random.normal()));
      };
      return Object.fromEntries(
        graph.inputs.map(({ name: input, value }) => [input, entry(input, sizeOf(value.shape))]),
      );
    });
    const alone = await run(graph, entries, feeds);
    const chain = await run(chained(graph, 3), entries, [together(feeds)]);
    expect(alone.outputs.map(({ loss }) => loss)).toEqual([0, 1, 2].map((i) => chain.outputs[0]?.[`loss@${i}`]));
    for (const [entry, data] of alone.left) expect(chain.left.get(entry) === data, entry).toBe(true);
  },
);
