// One table of a few minutes for a machine with a GPU: training steps and the frozen part of the torch engine beside a hand-written PyTorch loop.
// Images per second of wall time, in turns, everything trained; copies to the GPU and back included, which the loop of steps has none of.
// Run: HPO_PYTHON=… npx tsx bench/torch-gpu.ts [backbone …] [--batch <images> …] [--precision <name> …] [--side <pixels>] [--seconds <number>]
// On a processor, to try it: npx tsx bench/torch-gpu.ts squeezenet1.1 --side 64 --batch 4 --seconds 0.2 --rounds 1
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../src/math/quantile.js';
import { RandomStream } from '../src/math/random.js';
import { PRECISIONS, type Precision } from '../src/study/precision.js';
import type { Backbone } from '../src/backbones/backbone.js';
import { backboneWeights } from '../src/backbones/backbone-weights.js';
import { frozenBlocks } from '../src/backbones/frozen-blocks.js';
import { initialise } from '../src/backbones/initialise.js';
import { openBackbone } from '../src/backbones/open-backbone.js';
import { getBackbone } from '../src/backbones/registry.js';
import type { Feeds } from '../src/engines/feeds.js';
import { openTorchEngine } from '../src/engines/torch/engine.js';
import { GraphBuilder } from '../src/graph/builder.js';
import type { Graph } from '../src/graph/graph.js';
import type { HostTensor } from '../src/graph/host-tensor.js';
import { keptFeatures } from './support/kept-features.js';
import { type Step, stepOf, tailOf } from './support/tail-step.js';
import { TorchLoop } from './support/torch-loop.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batch: { type: 'string', multiple: true, default: ['16', '32', '128'] },
    precision: { type: 'string', multiple: true, default: ['float32', 'bfloat16'] },
    side: { type: 'string', default: '224' },
    /** Of each measurement. */
    seconds: { type: 'string', default: '0.5' },
    rounds: { type: 'string', default: '3' },
  },
});
/** Comes out of an ONNX file, which PyTorch writes (its exporter needs the Python package onnx). */
const VIT = 'vit-small';
const networks = positionals.length > 0 ? positionals : ['squeezenet1.1', 'mobilenetv2-torch', 'resnet50-torch', VIT];
const [side, seconds, rounds] = [Number(values.side), Number(values.seconds), Number(values.rounds)];

interface Network {
  readonly name: string;
  readonly backbone: Backbone;
  readonly weights: ReadonlyMap<string, HostTensor>;
}

interface Work {
  readonly graph: Graph;
  readonly state: ReadonlyMap<string, HostTensor>;
  readonly feeds: Feeds;
}

const engine = await openTorchEngine();
const loop = new TorchLoop(engine.device);
/** On CUDA more than a step needs before it is captured as a graph. Elsewhere the first step alone is slower than others. */
const WARM_UP = engine.device === 'cuda' ? 6 : 1;
console.log(`device: ${engine.device}; ${side} px; images per second of wall time, ${rounds} rounds in turns`);
console.log('network             what    precision  batch    torch engine   PyTorch loop   ratio');
const folder = mkdtempSync(join(tmpdir(), 'hpo-torch-gpu-'));
for (const name of networks) {
  const network = await openNetwork(name);
  for (const what of ['step', 'frozen'] as const) {
    for (const precision of PRECISIONS.filter((name) => values.precision.includes(name))) {
      for (const batch of values.batch.map(Number)) await compare(network, what, precision, batch);
    }
  }
}
loop.close();
await engine.dispose();
rmSync(folder, { recursive: true });

async function openNetwork(name: string): Promise<Network> {
  if (name !== VIT) {
    const backbone = getBackbone(name);
    return { name, backbone, weights: initialise(backbone, RandomStream.of('bench', name)) };
  }
  const file = join(folder, `${name}.onnx`);
  await loop.export(name, side, file);
  const backbone = openBackbone({ name: `${name}.onnx`, file });
  return { name, backbone, weights: await backboneWeights(backbone, undefined, 0) };
}

async function compare(network: Network, what: 'step' | 'frozen', precision: Precision, batch: number): Promise<void> {
  const { graph, state, feeds } =
    what === 'step' ? trainingStep(network, batch, precision) : frozenPart(network, batch, precision);
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  const rows = what === 'step' ? await keptFeatures(engine, graph, feeds as Step['feeds']) : {};
  const theirs = await loop.make({
    network: network.name,
    depth: null,
    side,
    batch,
    precision,
    frozen: what === 'frozen',
  });
  const ours = async (steps: number): Promise<number> => {
    const begin = performance.now();
    for (let i = 0; i < steps; i++) await program.run(device, feeds, {}, rows);
    return (performance.now() - begin) / 1000;
  };
  const other = async (steps: number): Promise<number> => (await theirs(steps)).wall;
  const [mine, loops]: [number[], number[]] = [[], []];
  const [ourSteps, otherSteps] = [await stepsOf(ours), await stepsOf(other)];
  for (let round = 0; round < rounds; round++) {
    mine.push((ourSteps * batch) / (await ours(ourSteps)));
    loops.push((otherSteps * batch) / (await other(otherSteps)));
  }
  const [own, peer] = [median(mine), median(loops)];
  const speeds = [own, peer].map((speed) => speed.toFixed(speed < 100 ? 1 : 0).padStart(14)).join(' ');
  console.log(
    `${network.name.padEnd(19)} ${what.padEnd(7)} ${precision.padEnd(9)} ${String(batch).padStart(6)}  ${speeds} ${(own / peer).toFixed(2).padStart(7)}`,
  );
  await program.dispose();
  device.dispose();
  rows['features']?.rows.dispose();
}

/** How many fill the time of a measurement, after the first ones. */
async function stepsOf(take: (steps: number) => Promise<number>): Promise<number> {
  await take(WARM_UP);
  return Math.max(1, Math.round(seconds / (await take(1))));
}

function trainingStep({ name, backbone, weights }: Network, batch: number, precision: Precision): Work {
  return stepOf(tailOf(backbone, 'all', side), weights, batch, RandomStream.of('bench', name), { precision });
}

/** The whole network up to its pooled features, from pixels as bytes. */
function frozenPart({ backbone, weights }: Network, batch: number, precision: Precision): Work {
  const g = new GraphBuilder(precision);
  g.output('output', frozenBlocks(g, backbone, weights, side, { from: 0, to: 'pooled', batch }));
  const random = RandomStream.of('pixels');
  const pixels = new Uint8Array(batch * side * side * 3).map(() => random.integer(256));
  return { graph: g.build(), state: new Map(), feeds: { pixels } };
}
