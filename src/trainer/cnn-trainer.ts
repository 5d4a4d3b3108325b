// The built-in trainer: fine-tunes a pre-trained CNN. One per worker thread, used for one trial after another.
import { threadId } from 'node:worker_threads';
import type { Train } from '../study/train.js';
import { strategiesOf } from './augmentation/strategy.js';
import { backboneWeights } from './backbone-weights.js';
import { getBackbone } from './backbones/registry.js';
import type { CnnSettings } from './cnn-settings.js';
import { configureSharp } from './data/decode.js';
import type { Engine } from './engines/engine.js';
import { openEngine } from './engines/open-engine.js';
import { FeatureFolder } from './features/feature-folder.js';
import { FreshFeatures } from './features/fresh-features.js';
import { Prefix } from './features/prefix.js';
import { StoredFeatures } from './features/stored-features.js';
import { CheckpointFiles } from './finetune/checkpoint.js';
import { checkDepth, configurationOf } from './finetune/configuration.js';
import { TailPrograms } from './finetune/tail-programs.js';
import { fineTune } from './finetune/trial.js';
import type { Workbench } from './finetune/workbench.js';
import { checkObjective, judgeOf } from './judge.js';
import { StudyImages } from './study-images.js';
import { weightsDigest } from './weights/digest.js';

/** Raised whenever the same network would give other features than before. */
const FEATURES_VERSION = 1;

/** Bytes. */
const DEFAULT_CACHE_BUDGET = 10e9;

/** Its multiples spread any number of workers evenly. */
const GOLDEN_RATIO = 0.6180339887498949;

/** Opens the engine and loads the weights once; what it returns trains any number of trials, one at a time. */
export async function createTrain(settings: CnnSettings): Promise<Train> {
  const { bench, identity } = await openWorkbench(settings, console.warn);
  return async function* train(assignment) {
    const configuration = configurationOf(settings.training, assignment.parameters);
    checkDepth(configuration, bench.backbone.name, bench.backbone.blocks.length);
    const { seed, trial } = assignment;
    const trained = JSON.stringify({ ...identity, seed, trial, configuration });
    yield* fineTune(bench, {
      identity: { seed, trial },
      configuration,
      files: new CheckpointFiles(assignment.directory, trained),
    });
  };
}

/** Everything that trials share in one thread, and what identifies the networks and images that it works on. */
export async function openWorkbench(
  settings: CnnSettings,
  warn: (message: string) => void = () => {},
): Promise<{ bench: Workbench; identity: object }> {
  const { index, objective, seed, memory } = settings;
  checkObjective(objective, index.classes, objective.positiveClass);
  configureSharp();
  const backbone = getBackbone(settings.backbone.name);
  const inputSize = settings.backbone.inputSize ?? backbone.inputSize;
  const weights = await backboneWeights(backbone, settings.backbone.weights, seed);
  const engine = await openEngine(settings.engine);
  const prefixEngine = await openPrefixEngine(engine);
  const images = new StudyImages(
    index,
    inputSize,
    settings.resize,
    seed,
    strategiesOf(settings.augmentations),
    memory / 2,
  );
  const base = Math.max(0, backbone.blocks.length - settings.maxDepth);
  const prefix = new Prefix(prefixEngine, backbone, weights, inputSize, base);
  const digest = weightsDigest(weights);
  const counter = { needed: 0, computed: 0 };
  const fresh = new FreshFeatures(prefix, images, counter);
  const bench: Workbench = {
    engine,
    backbone,
    inputSize,
    weights,
    features: settings.reuse
      ? new StoredFeatures({
          prefix,
          images,
          fresh,
          counter,
          memory,
          warn,
          folder: new FeatureFolder(settings.cache, settings.cacheBudget ?? DEFAULT_CACHE_BUDGET),
          network: JSON.stringify([FEATURES_VERSION, prefixEngine.name, backbone.name, digest, inputSize]),
          start: (threadId * GOLDEN_RATIO) % 1,
        })
      : fresh,
    programs: new TailPrograms(engine),
    labels: Uint32Array.from(index.splits.train, ({ label }) => label),
    classes: index.classes.length,
    objective,
    judge: judgeOf(index, 'validation', objective.positiveClass),
    counter,
    now: () => performance.now(),
  };
  const identity = { backbone: backbone.name, weights: digest, inputSize, images: index.digest };
  return { bench, identity };
}

/** The frozen part runs on the fastest engine for it, whichever one trains; where that does not load, on the one that trains. */
async function openPrefixEngine(engine: Engine): Promise<Engine> {
  return engine.name === 'onnx' ? engine : openEngine('onnx').catch(() => engine);
}
