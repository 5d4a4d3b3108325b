// Images per second of a training step on one thread, from cached features: the head, two blocks, everything; beside wasm and Keras.
// Time is the processor's, so that others on the machine count as little as may be.
// Run: npx tsx bench/steps.ts [backbone …] [--depth <blocks>|all …] [--no-wasm]; Keras where HPO_PYTHON, or python3, has it.
import type { EngineName } from '../src/engines/engine.js';
import { openEngine } from '../src/engines/open-engine.js';
import { median } from '../src/math/quantile.js';
import { hasPython, runPeer } from './python.js';
import { type Step, tailStep } from './support/tail-step.js';

const BATCH = 16;
const SIDE = 224;
const ROUNDS = 3;
const BACKBONES = ['squeezenet1.1', 'mobilenetv2'];
type Depth = number | 'all';
const DEPTHS: readonly Depth[] = [0, 2, 'all'];
/** Steps of a round: enough to be timed, few enough to wait for. */
const stepsAt = (depth: Depth): number => (depth === 'all' ? 2 : depth === 0 ? 200 : 10);
/** wasm takes so many times longer. */
const WASM_SHARE = 5;

const args = process.argv.slice(2);
const flag = args.indexOf('--depth');
const wanted = flag < 0 ? [] : args.slice(flag + 1).filter((arg) => /^(\d+|all)$/.test(arg));
const depths = flag < 0 ? DEPTHS : wanted.map((depth): Depth => (depth === 'all' ? depth : Number(depth)));
const named = BACKBONES.filter((name) => args.includes(name));
const withWasm = !args.includes('--no-wasm');
const withKeras = hasPython('keras', 'tensorflow');

console.log('backbone        depth  engine   images/s   ms/step   against wasm   against Keras');
for (const name of named.length > 0 ? named : BACKBONES) {
  for (const depth of depths) await compare(name, depth);
}

interface Contestant {
  readonly name: EngineName;
  readonly steps: number;
  readonly step: () => Promise<unknown>;
  readonly close: () => Promise<void>;
  /** Milliseconds of a step, by round. */
  readonly times: number[];
}

async function compare(name: string, depth: Depth): Promise<void> {
  const step = tailStep(name, depth, SIDE, BATCH);
  const contestants = [await enter('onnx', step, stepsAt(depth))];
  if (withWasm) contestants.push(await enter('wasm', step, Math.max(1, Math.round(stepsAt(depth) / WASM_SHARE))));
  // In turns: other work on the machine then disturbs all alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const { steps, step: take, times } of contestants) {
      const begin = process.cpuUsage();
      for (let i = 0; i < steps; i++) await take();
      const { user, system } = process.cpuUsage(begin);
      times.push((user + system) / 1000 / steps);
    }
  }
  const keras = withKeras
    ? median(runPeer<number[]>('keras_steps', name, cutLayer(step), BATCH, ROUNDS * stepsAt(depth))) * 1000
    : undefined;
  const wasm = contestants.find((one) => one.name === 'wasm');
  for (const { name: engine, times, close } of contestants) {
    print(name, depth, engine, median(times), wasm === undefined ? undefined : median(wasm.times), keras);
    await close();
  }
  if (keras !== undefined)
    print(name, depth, 'Keras', keras, wasm === undefined ? undefined : median(wasm.times), keras);
}

async function enter(name: EngineName, { graph, state, feeds }: Step, steps: number): Promise<Contestant> {
  const engine = await openEngine(name);
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  const step = (): Promise<unknown> => program.run(device, feeds);
  await step();
  return { name, steps, step, close: () => engine.dispose(), times: [] };
}

/** The layer of the whole network that gives what enters the tail. */
function cutLayer({ tail: { backbone, depth } }: Step): string {
  if (depth === 0) return 'pooled';
  const below = backbone.blocks[backbone.blocks.length - depth - 1];
  return below?.layers.at(-1)?.name ?? 'input';
}

function print(
  name: string,
  depth: Depth,
  engine: string,
  time: number,
  wasm: number | undefined,
  keras: number | undefined,
): void {
  const ratio = (other: number | undefined): string =>
    (other === undefined ? '–' : (other / time).toFixed(2)).padStart(13);
  const speed = ((BATCH / time) * 1000).toFixed(time < 16 ? 0 : 1).padStart(8);
  console.log(
    `${name.padEnd(15)} ${String(depth).padEnd(6)} ${engine.padEnd(8)} ${speed} ${time.toFixed(time < 1 ? 2 : 1).padStart(9)} ${ratio(wasm)} ${ratio(keras)}`,
  );
}
