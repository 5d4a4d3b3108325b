// Backbones against each other in one run: images per second through the frozen part, and of a training step at depth 2.
// At 224 px, on one thread, by the processor's time, in turns. Random weights: the work is the same.
// Run: npx tsx bench/backbones.ts [backbone …]; the first is what the others are compared with.
import './support/no-telemetry.js';
import { initialise } from '../src/backbones/initialise.js';
import { getBackbone } from '../src/backbones/registry.js';
import { multiplyAccumulates } from '../src/backbones/shapes.js';
import { openEngine } from '../src/engines/open-engine.js';
import { Prefix } from '../src/features/prefix.js';
import { RandomStream } from '../src/math/random.js';
import { tailStep } from './support/tail-step.js';

const SIDE = 224;
const BATCH = 16;
const DEPTH = 2;
const ROUNDS = 7;

const args = process.argv.slice(2);
const names = args.length > 0 ? args : ['squeezenet1.1', 'mobilenetv3small'];
const engine = await openEngine('onnx');
const random = RandomStream.of('image');
const pixels = new Uint8Array(SIDE * SIDE * 3).map(() => random.integer(256));

/** What is timed, and how many images it takes. */
interface Contestant {
  readonly name: string;
  readonly part: 'frozen part' | 'step at depth 2';
  readonly images: number;
  readonly runs: number;
  readonly run: () => Promise<unknown>;
}

async function contestantsOf(name: string): Promise<Contestant[]> {
  const backbone = getBackbone(name);
  const prefix = new Prefix(engine, backbone, initialise(backbone, RandomStream.of('prefix')), SIDE, []);
  const { graph, state, feeds } = tailStep(name, DEPTH, SIDE, BATCH);
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  const forward = (): Promise<unknown> =>
    prefix.withArrays((arrays) => prefix.fromPixels(pixels, 'pooled', 'float32', arrays));
  return [
    { name, part: 'frozen part', images: 1, runs: 30, run: forward },
    { name, part: 'step at depth 2', images: BATCH, runs: 10, run: () => program.run(device, feeds) },
  ];
}

const contestants = (await Promise.all(names.map(contestantsOf))).flat();
const best = new Map<Contestant, number>();
for (let round = 0; round <= ROUNDS; round++) {
  for (const contestant of contestants) {
    const before = process.cpuUsage();
    for (let i = 0; i < contestant.runs; i++) await contestant.run();
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6 / contestant.runs / contestant.images;
    // The first round warms up.
    if (round > 0) best.set(contestant, Math.min(best.get(contestant) ?? Infinity, seconds));
  }
}
const macs = (name: string): number => multiplyAccumulates(getBackbone(name), SIDE).reduce((sum, one) => sum + one, 0);
console.log('backbone              what              images/s   against the first   multiply-adds');
for (const [{ name, part }, seconds] of best) {
  const peer = [...best].find(([one]) => one.name === names[0] && one.part === part)?.[1] ?? seconds;
  const [rate, ratio] = [(1 / seconds).toFixed(0).padStart(8), `${(peer / seconds).toFixed(2)} times`.padStart(17)];
  const work = part === 'frozen part' ? (macs(name) / macs(names[0] ?? name)).toFixed(2) : '';
  console.log(`${name.padEnd(22)}${part.padEnd(16)}  ${rate} ${ratio}   ${work}`);
}
await engine.dispose();
