// Images per second of the compiled prefix on one thread, beside the same network exported by PyTorch and run by onnxruntime.
// MobileNetV2 at 224 px to its pooled features, one image a run; in turns, by the processor's time.
// Usage: HPO_PYTHON=… npx tsx bench/prefix.ts (a Python with torch and onnx)
import './support/no-telemetry.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { RandomStream } from '../src/math/random.js';
import { initialise } from '../src/backbones/initialise.js';
import { getBackbone } from '../src/backbones/registry.js';
import { openEngine } from '../src/engines/open-engine.js';
import { Prefix, cachedLayersOf } from '../src/features/prefix.js';
import { hasPython, runPeer } from './python.js';

const ROUNDS = 7;
const IMAGES = 30;
const SIDE = 224;

const backbone = getBackbone('mobilenetv2');
const weights = initialise(backbone, RandomStream.of('prefix'));
const engine = await openEngine('onnx');
const random = RandomStream.of('image');
const pixels = new Uint8Array(SIDE * SIDE * 3).map(() => random.integer(256));
const straight = new Prefix(engine, backbone, weights, SIDE, []);
const stopping = new Prefix(engine, backbone, weights, SIDE, cachedLayersOf(backbone, SIDE, 4));
const contestants = new Map<string, () => Promise<unknown>>([
  ['prefix', () => straight.withArrays((arrays) => straight.fromPixels(pixels, 'pooled', 'float32', arrays))],
  [
    'prefix, with the stops of unfreezeDepth 0 … 4',
    () => stopping.withArrays((arrays) => stopping.fromPixels(pixels, 'pooled', 'float32', arrays)),
  ],
]);

const scratch = mkdtempSync(join(tmpdir(), 'hpo-bench-prefix-'));
const PEER = 'PyTorch export in onnxruntime';
if (hasPython('torch', 'onnx')) {
  const file = join(scratch, 'mobilenet.onnx');
  runPeer('export_mobilenet', file);
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' } as const;
  const session = await InferenceSession.create(file, options);
  const image = new Tensor(
    'float32',
    Float32Array.from({ length: SIDE * SIDE * 3 }, () => random.normal()),
    [1, 3, SIDE, SIDE],
  );
  contestants.set(PEER, () => session.run({ image }));
}
rmSync(scratch, { recursive: true });

const best = new Map<string, number>();
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, run] of contestants) {
    const before = process.cpuUsage();
    for (let i = 0; i < IMAGES; i++) await run();
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) best.set(name, Math.min(best.get(name) ?? Infinity, (user + system) / 1e6 / IMAGES));
  }
}
const peer = best.get(PEER);
for (const [name, seconds] of best) {
  const ratio = peer === undefined ? '' : `${(peer / seconds).toFixed(2)} of the peer`;
  console.log(`${(1 / seconds).toFixed(0).padStart(5)} images/s  ${name.padEnd(48)} ${ratio}`);
}
