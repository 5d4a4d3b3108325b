// Milliseconds of a training step on one thread, from cached features: the head, two blocks, everything; beside Keras and PyTorch.
// All take steps in turns, and time is the processor's, so that others on the machine count as little as may be.
// Run: HPO_PYTHON=… npx tsx bench/steps.ts [backbone …] [--depth <blocks>|all …] [--rounds <number>] [--compiled] [--wasm]
// --compiled adds torch.compile, which takes minutes.
import { parseArgs } from 'node:util';
import type { EngineName } from '../src/engines/engine.js';
import { openEngine } from '../src/engines/open-engine.js';
import { hasPython } from './python.js';
import { PeerLoop } from './support/peer-loop.js';
import { type Step, tailStep } from './support/tail-step.js';
import { TorchLoop } from './support/torch-loop.js';

const BATCH = 16;
const SIDE = 224;
/** By name, what PyTorch's loop calls the network: its form differs from Keras's in paddings alone. */
const BACKBONES: Readonly<Record<string, string>> = {
  'squeezenet1.1': 'squeezenet1.1',
  mobilenetv2: 'mobilenetv2-torch',
  resnet50: 'resnet50-torch',
  efficientnetb0: 'efficientnetb0-torch',
};
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    depth: { type: 'string', multiple: true, default: ['0', '2', 'all'] },
    rounds: { type: 'string', default: '5' },
    compiled: { type: 'boolean', default: false },
    wasm: { type: 'boolean', default: false },
  },
});
type Depth = number | 'all';
/** Steps of a round: enough to be timed, few enough to wait for. */
const stepsAt = (depth: Depth): number => (depth === 'all' ? 1 : depth === 0 ? 200 : 5);

interface Contestant {
  readonly name: string;
  /** Seconds of the processor for so many steps. */
  readonly take: (steps: number) => Promise<number>;
  readonly close?: () => Promise<void>;
}

const keras = hasPython('keras', 'tensorflow') ? new PeerLoop('keras_loop') : undefined;
const torch = hasPython('torch') ? new TorchLoop('cpu') : undefined;
const ratios: number[] = [];
console.log(
  'ms/step, least of all rounds; in brackets how many times as fast hpo is; last the ratio to the fastest peer',
);
for (const name of positionals.length > 0 ? positionals : Object.keys(BACKBONES)) {
  for (const depth of values.depth) await compare(name, depth === 'all' ? depth : Number(depth));
}
if (ratios.length > 0) {
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  console.log(`geometric mean of ${ratios.length} ratios to the fastest peer: ${mean.toFixed(2)}`);
}
keras?.close();
torch?.close();

async function compare(name: string, depth: Depth): Promise<void> {
  const step = tailStep(name, depth, SIDE, BATCH);
  const contestants = [
    await enter('onnx', step),
    ...(values.wasm ? [await enter('wasm', step)] : []),
    ...(await peers(name, depth, step)),
  ];
  const least = contestants.map(() => Infinity);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, { take }] of contestants.entries()) {
      const steps = stepsAt(depth);
      least[i] = Math.min(least[i] ?? Infinity, (1000 * (await take(steps))) / steps);
    }
  }
  const [own = NaN, ...others] = least;
  const cells = contestants.slice(1).map((one, i) => {
    const time = others[i] ?? NaN;
    return `${one.name} ${shown(time)} (${(time / own).toFixed(2)})`;
  });
  const fastest = Math.min(...others);
  if (others.length > 0) ratios.push(fastest / own);
  console.log(
    `${name.padEnd(15)} ${String(depth).padEnd(4)} hpo ${shown(own)}  ${cells.join('  ')}  ${(fastest / own).toFixed(2)}`,
  );
  for (const { close } of contestants) await close?.();
}

async function enter(name: EngineName, { graph, state, feeds }: Step): Promise<Contestant> {
  const engine = await openEngine(name);
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  await program.run(device, feeds);
  const take = async (steps: number): Promise<number> => {
    const begin = process.cpuUsage();
    for (let i = 0; i < steps; i++) await program.run(device, feeds);
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1e6;
  };
  return { name, take, close: () => engine.dispose() };
}

async function peers(name: string, depth: Depth, step: Step): Promise<Contestant[]> {
  const found: Contestant[] = [];
  if (keras !== undefined) {
    const steps = await keras.make({ network: name, cut: cutLayer(step), batch: BATCH });
    found.push({ name: 'Keras', take: async (count) => (await steps(count)).cpu });
  }
  const network = BACKBONES[name];
  if (torch === undefined || network === undefined) return found;
  const request = { network, depth: depth === 'all' ? null : depth, side: SIDE, batch: BATCH };
  for (const compile of values.compiled ? [false, true] : [false]) {
    const steps = await torch.make({ ...request, compile });
    found.push({ name: compile ? 'PyTorch, compiled' : 'PyTorch', take: async (count) => (await steps(count)).cpu });
  }
  return found;
}

/** The layer of the whole network that gives what enters the tail. */
function cutLayer({ tail: { backbone, depth } }: Step): string {
  if (depth === 0) return 'pooled';
  const below = backbone.blocks[backbone.blocks.length - depth - 1];
  return below?.layers.at(-1)?.name ?? 'input';
}

function shown(time: number): string {
  return time.toFixed(time < 10 ? 2 : 0).padStart(5);
}
