// Losses and processor time of training a ViT-Tiny out of an ONNX file, beside PyTorch from the same file with the same batches.
// Random weights, the whole network unfrozen, one thread. Run: npx tsx bench/vit.ts; the Python of HPO_PYTHON, or python3, with torch and timm.
import './support/no-telemetry.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backboneWeights } from '../src/backbones/backbone-weights.js';
import { openBackbone } from '../src/backbones/open-backbone.js';
import { openEngine } from '../src/engines/open-engine.js';
import { sizeOf } from '../src/graph/host-tensor.js';
import { median } from '../src/math/quantile.js';
import { RandomStream } from '../src/math/random.js';
import { TRAINING_DEFAULTS } from '../src/study/schema/training-schema.js';
import { must } from '../src/system/must.js';
import { optimizerOf } from '../src/trainer/finetune/optimizers.js';
import { type Tail, featureShape } from '../src/trainer/finetune/tail.js';
import { isRateName } from '../src/trainer/finetune/tail-graphs.js';
import { hasPython, runPeer } from './python.js';
import { stepOf } from './support/tail-step.js';

const BATCH = 16;
const STEPS = 10;
const ROUNDS = 2;
/** Steps of a round that are not timed: memory is taken, programs are prepared. */
const WARM = 2;
const RATE = 1e-4;
/** What the losses of both may differ by: rounding, over ten steps. */
const TOLERANCE = 1e-3;

interface Trained {
  readonly losses: readonly number[];
  /** Of each step. */
  readonly seconds: readonly number[];
}

if (hasPython('torch', 'onnx')) {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-vit-'));
  try {
    await compare(join(folder, 'vit.onnx'), join(folder, 'batches.bin'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(file: string, batches: string): Promise<void> {
  runPeer<null>('torch_vit', 'export', file);
  const backbone = openBackbone({ name: 'vit.onnx', file });
  const tail: Tail = { backbone, inputSize: backbone.inputSize, depth: backbone.blocks.length, classes: 2 };
  const random = RandomStream.of('vit');
  const size = BATCH * sizeOf(featureShape(tail));
  const images = Array.from({ length: STEPS }, () => Float32Array.from({ length: size }, () => random.normal()));
  writeFileSync(batches, Buffer.concat(images.map(({ buffer }) => new Uint8Array(buffer))));
  // In turns: what else the machine does then disturbs both alike.
  const all: { ours: Trained; peer: Trained }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ours = await train(tail, images);
    all.push({ ours, peer: runPeer<Trained>('torch_vit', 'train', batches, BATCH, RATE) });
  }
  const { ours, peer } = must(all[0], 'a round');
  const apart = Math.max(...ours.losses.map((loss, i) => Math.abs(loss - must(peer.losses[i], 'a loss'))));
  const time = (who: 'ours' | 'peer'): number => 1000 * median(all.flatMap((one) => one[who].seconds.slice(WARM)));
  console.log(`losses      ${ours.losses.map((loss) => loss.toFixed(5)).join(' ')}`);
  console.log(`of PyTorch  ${peer.losses.map((loss) => loss.toFixed(5)).join(' ')}`);
  console.log(`at most ${apart.toExponential(1)} apart (${apart < TOLERANCE ? 'below' : 'ABOVE'} ${TOLERANCE})`);
  const ratio = (time('peer') / time('ours')).toFixed(2);
  console.log(
    `ms of processor a step: ${time('ours').toFixed(0)}, PyTorch ${time('peer').toFixed(0)}: ${ratio} of its speed`,
  );
}

async function train(tail: Tail, images: readonly Float32Array[]): Promise<Trained> {
  const { graph, state, feeds } = stepOf(
    tail,
    await backboneWeights(tail.backbone, undefined, 0),
    BATCH,
    RandomStream.of('head'),
  );
  const labels = Float32Array.from({ length: BATCH * tail.classes }, (_, i) => (i % 2 === (i >> 1) % 2 ? 1 : 0));
  const { effectiveRate } = optimizerOf(TRAINING_DEFAULTS);
  const engine = await openEngine('onnx');
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  let steps = 0;
  const step = async (features: Float32Array): Promise<number> => {
    const rate = Float32Array.of(effectiveRate(RATE, ++steps));
    const rates = Object.keys(feeds).filter(isRateName);
    const own = { ...feeds, features, labels, ...Object.fromEntries(rates.map((name) => [name, rate])) };
    return must((await program.run(device, own))['loss']?.[0], 'a loss');
  };
  const losses: number[] = [];
  const seconds: number[] = [];
  for (const one of images) {
    const begin = process.cpuUsage();
    losses.push(await step(one));
    const { user, system } = process.cpuUsage(begin);
    seconds.push((user + system) / 1e6);
  }
  await engine.dispose();
  return { losses, seconds };
}
