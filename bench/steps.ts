// Images per second of a training step of SqueezeNet 1.1's tail on one thread: onnx beside wasm, in turns.
// Time is the processor's, so that others on the machine count as little as may be.
// Usage: npx tsx bench/steps.ts [depth …] (1, 2 and 4 unless given)
import type { EngineName } from '../src/trainer/engines/engine.js';
import { openEngine } from '../src/trainer/engines/open-engine.js';
import { squeezenetTail, type Step } from './support/squeezenet-tail.js';

const BATCH = 16;
const ROUNDS = 3;
const ENGINES: readonly EngineName[] = ['onnx', 'wasm'];
const STEPS: Partial<Record<EngineName, number>> = { onnx: 20, wasm: 4 };

const depths = process.argv.slice(2).map(Number);
console.log('depth  engine   images/s  ms/step   loss from → to   ratio to wasm');
for (const depth of [1, 2, 4] as const) {
  if (depths.length > 0 && !depths.includes(depth)) continue;
  await compare(depth, squeezenetTail(depth, BATCH));
}

async function compare(depth: number, { graph, state, feeds }: Step): Promise<void> {
  const contestants = await Promise.all(
    ENGINES.map(async (name) => {
      const engine = await openEngine(name);
      const program = await engine.compile(graph);
      const device = engine.createState(state);
      const step = async (): Promise<number> => (await program.run(device, feeds))['loss']?.[0] as number;
      return { name, engine, step, first: await step(), last: 0, best: Infinity };
    }),
  );
  // In turns, the best of each: other work on the machine then disturbs both alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of contestants) {
      const steps = STEPS[contestant.name] as number;
      const begin = process.cpuUsage();
      for (let i = 0; i < steps; i++) contestant.last = await contestant.step();
      const { user, system } = process.cpuUsage(begin);
      contestant.best = Math.min(contestant.best, (user + system) / 1000 / steps);
    }
  }
  const wasm = contestants.find(({ name }) => name === 'wasm')?.best as number;
  for (const { name, engine, first, last, best } of contestants) {
    const speed = ((BATCH / best) * 1000).toFixed(0);
    const losses = `${first.toFixed(4)} → ${last.toFixed(4)}`;
    console.log(
      `${depth}      ${name.padEnd(8)} ${speed.padStart(6)}   ${best.toFixed(1).padStart(7)}    ${losses}   ${(wasm / best).toFixed(2)}`,
    );
    await engine.dispose();
  }
}
