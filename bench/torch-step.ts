// Milliseconds of a training step of the torch engine beside a hand-written PyTorch loop: one thread, in turns, by processor time.
// What this process does for a step counts, and all that PyTorch's process does.
// With --kept, features are kept on the device, as on a GPU; without, they travel at each step.
// Run: HPO_PYTHON=… npx tsx bench/torch-step.ts [backbone …] [--depth <blocks>|all …] [--batch <images>] [--rounds <number>] [--kept]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { median } from '../src/math/quantile.js';
import { openTorchEngine } from '../src/engines/torch/engine.js';
import { keptFeatures } from './support/kept-features.js';
import { tailStep } from './support/tail-step.js';
import { TorchLoop } from './support/torch-loop.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    depth: { type: 'string', multiple: true, default: ['0', '2', 'all'] },
    batch: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '5' },
    side: { type: 'string', default: '224' },
    kept: { type: 'boolean', default: false },
  },
});
const BACKBONES = positionals.length > 0 ? positionals : ['squeezenet1.1', 'mobilenetv2-torch'];
const [batch, rounds, side] = [Number(values.batch), Number(values.rounds), Number(values.side)];
/** Steps of a round: enough for a clock of ten milliseconds. */
const stepsAt = (depth: string): number => (depth === 'all' ? 2 : depth === '0' ? 2000 : 15);

const engine = await openTorchEngine({ device: 'cpu', ...(values.kept ? { room: 4e9 } : {}) });
const loop = new TorchLoop('cpu');
console.log('backbone            depth   torch, ms/step   PyTorch loop   ratio of medians (1: as fast; in turns)');
for (const name of BACKBONES) for (const depth of values.depth) await compare(name, depth);
loop.close();
await engine.dispose();

async function compare(network: string, depth: string): Promise<void> {
  const blocks = depth === 'all' ? ('all' as const) : Number(depth);
  const { graph, state, feeds } = tailStep(network, blocks, side, batch);
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  const rows = await keptFeatures(engine, graph, feeds);
  const theirs = await loop.make({ network, depth: blocks === 'all' ? null : blocks, side, batch });
  const steps = stepsAt(depth);
  for (let i = 0; i < Math.min(steps, 50); i++) await program.run(device, feeds, {}, rows);
  const [own, other]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const begin = processorTime();
    for (let i = 0; i < steps; i++) await program.run(device, feeds, {}, rows);
    own.push((1000 * (processorTime() - begin)) / steps);
    other.push((1000 * (await theirs(steps)).cpu) / steps);
  }
  const ratios = own.map((time, i) => (other[i] ?? NaN) / time);
  const [ours, loops] = [median(own), median(other)];
  const text = [ours, loops].map((time) => time.toFixed(time < 10 ? 3 : 1).padStart(14)).join(' ');
  console.log(
    `${network.padEnd(19)} ${depth.padEnd(5)} ${text}   ${(loops / ours).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`,
  );
  await program.dispose();
  device.dispose();
  rows['features']?.rows.dispose();
}

/** Seconds of this process and of PyTorch's. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const worker = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker.py')) ?? '';
  const stat = readFileSync(`/proc/${worker}/stat`, 'latin1');
  const [utime = '0', stime = '0'] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  // In hundredths of a second (proc(5), sysconf(_SC_CLK_TCK)).
  return (user + system) / 1e6 + (Number(utime) + Number(stime)) / 100;
}
