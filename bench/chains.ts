// Milliseconds of processor of a training step, alone and four in one run, from kept features on one thread: what is updated is handed over once.
// Run: npx tsx bench/chains.ts [batch]; default 8
import { median } from '../src/math/quantile.js';
import { openEngine } from '../src/engines/open-engine.js';
import { chained, linkName } from '../src/graph/chained.js';
import { LINKS } from '../src/trainer/finetune/worthwhile-chains.js';
import { sizeOf } from '../src/graph/host-tensor.js';
import { tailStep } from './support/tail-step.js';

const SIDE = 224;
const ROUNDS = 5;
/** Milliseconds of a round. */
const ROUND = 1000;
const batch = Number(process.argv[2] ?? 8);
const CASES = [
  ['squeezenet1.1', 2],
  ['squeezenet1.1', 4],
  ['mobilenetv2', 4],
  ['efficientnetb0', 2],
  ['resnet50', 1],
  ['resnet50', 3],
] as const;

const engine = await openEngine('onnx');
console.log(
  `batches of ${batch}\nbackbone       blocks  updated MB   alone ms   chained ms   alone / chained   compiled in ms`,
);
for (const [name, depth] of CASES) {
  const { graph, state, feeds } = tailStep(name, depth, SIDE, batch);
  const links = Array.from({ length: LINKS }, (_, link) => link);
  const chainFeeds = Object.fromEntries(
    links.flatMap((link) => Object.entries(feeds).map(([input, feed]) => [linkName(input, link), feed])),
  );
  const begun = performance.now();
  const chain = await engine.compile(chained(graph, LINKS));
  const compiling = performance.now() - begun;
  const contestants = [
    { program: await engine.compile(graph), given: feeds, steps: 1 },
    { program: chain, given: chainFeeds, steps: LINKS },
  ].map((one) => ({ ...one, device: engine.createState(state), times: [] as number[] }));
  // In turns: other work on the machine then disturbs both alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const { program, given, device, steps, times } of contestants) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      let taken = 0;
      for (; performance.now() - start < ROUND; taken += steps) await program.run(device, given);
      const { user, system } = process.cpuUsage(before);
      times.push((user + system) / 1000 / taken);
    }
  }
  const [alone, together] = contestants.map(({ times }) => median(times)) as [number, number];
  const megabytes = graph.updates.reduce((sum, { value }) => sum + sizeOf(value.shape), 0) * 4e-6;
  console.log(
    [
      `${name.padEnd(15)} ${depth}`,
      megabytes.toFixed(1).padStart(15),
      alone.toFixed(1).padStart(10),
      together.toFixed(1).padStart(12),
      (alone / together).toFixed(2).padStart(16),
      compiling.toFixed(0).padStart(16),
    ].join(' '),
  );
  for (const { device, program } of contestants) {
    device.dispose();
    await program.dispose();
  }
}
await engine.dispose();
