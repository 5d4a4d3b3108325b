// Makes assets/quicknet.safetensors: trains QuickNet from random weights on drawn pictograms, none of which is a traffic sign.
// Easy pictures first: from random weights, hard ones teach nothing for a long time. Usage: npx tsx scripts/pretrain-quicknet.ts [folder]
// Interrupted, and given the same folder again, it goes on where it was.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TRAINING_DEFAULTS } from '../src/study/schema/training-schema.js';
import { getBackbone } from '../src/backbones/registry.js';
import { createTrain } from '../src/trainer/cnn-trainer.js';
import { indexImages } from '../src/images/indexing/index-images.js';
import { readSafetensors, writeSafetensors } from '../src/backbones/weights/safetensors.js';

const STAGES = [
  { difficulty: 0, perClass: 60, epochs: 12, learningRate: 1e-3, augmentation: 'none' },
  { difficulty: 0.3, perClass: 120, epochs: 12, learningRate: 1e-3, augmentation: 'none' },
  { difficulty: 0.5, perClass: 120, epochs: 8, learningRate: 6e-4, augmentation: 'weather' },
] as const;
const SEED = 1;
const OUTPUT = 'assets/quicknet.safetensors';

const backbone = getBackbone('quicknet');
const directory = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'quicknet-')));
let weights = 'random';
let accuracy = 0;
for (const [i, { difficulty, perClass, ...training }] of STAGES.entries()) {
  const index = await indexImages(
    { drawn: { family: 'pictograms', perClass: { train: perClass, validation: 20 }, seed: SEED + i, difficulty } },
    { directory: '.', seed: SEED },
  );
  const train = await createTrain({
    study: 'pretraining',
    index,
    resize: 'crop',
    backbone: { name: backbone.name, weights },
    training: {
      ...TRAINING_DEFAULTS,
      ...training,
      headEpochs: 0,
      unfreezeDepth: backbone.blocks.length,
      batchSize: 32,
      warmupEpochs: 0.5,
      dropout: 0,
      views: 4,
    },
    maxDepth: backbone.blocks.length,
    objective: { metric: 'accuracy', direction: 'maximize' },
    seed: SEED,
    engine: 'onnx',
    reuse: true,
    memory: 3e9,
    cache: join(directory, 'features'),
  });
  const folder = join(directory, `stage${i}`);
  const assignment = { trial: i, parameters: {}, seed: SEED, directory: folder, reported: 0 };
  const context = {
    signal: new AbortController().signal,
    slot: 0,
    log: console.error,
    progress: () => {},
    share: () => 1,
  };
  for await (const { epoch, metrics, seconds } of train(assignment, context)) {
    accuracy = metrics['accuracy'] ?? NaN;
    const loss = metrics['trainLoss'] ?? NaN;
    console.log(
      `stage ${i + 1}, epoch ${epoch}: loss ${loss.toFixed(3)}, accuracy ${accuracy.toFixed(3)}, ${seconds?.toFixed(1)} s`,
    );
  }
  const { tensors } = await readSafetensors(join(folder, 'best.safetensors'));
  weights = join(directory, `stage${i}.safetensors`);
  await writeSafetensors(weights, new Map([...tensors].filter(([name]) => !name.startsWith('head/'))));
}
const { tensors } = await readSafetensors(weights);
await writeSafetensors(OUTPUT, tensors, { origin: 'scripts/pretrain-quicknet.ts', accuracy: accuracy.toFixed(3) });
await rm(directory, { recursive: true });
