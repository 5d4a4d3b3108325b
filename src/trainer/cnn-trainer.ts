// The built-in trainer: fine-tunes a pre-trained CNN. One per worker thread, used for one trial after another.
import type { Train } from '../study/train.js';
import { PRESETS } from './augmentation/strategy.js';
import { backboneWeights } from './backbone-weights.js';
import { getBackbone } from './backbones/registry.js';
import type { CnnSettings } from './cnn-settings.js';
import { configureSharp } from './data/decode.js';
import { openEngine } from './engines/open-engine.js';
import { MemoryFeatures } from './features/memory-features.js';
import { Prefix } from './features/prefix.js';
import { CheckpointFiles } from './finetune/checkpoint.js';
import { checkDepth, configurationOf } from './finetune/configuration.js';
import { TailPrograms } from './finetune/tail-programs.js';
import { fineTune } from './finetune/trial.js';
import type { Workbench } from './finetune/workbench.js';
import { checkObjective, judgeOf } from './judge.js';
import { StudyImages } from './study-images.js';
import { weightsDigest } from './weights/digest.js';

/** Opens the engine and loads the weights once; what it returns trains any number of trials, one at a time. */
export async function createTrain(settings: CnnSettings): Promise<Train> {
  const { bench, identity } = await openWorkbench(settings);
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
export async function openWorkbench(settings: CnnSettings): Promise<{ bench: Workbench; identity: object }> {
  const { index, objective, seed, memory } = settings;
  checkObjective(objective, index.classes, objective.positiveClass);
  configureSharp();
  const backbone = getBackbone(settings.backbone.name);
  const inputSize = settings.backbone.inputSize ?? backbone.inputSize;
  const weights = await backboneWeights(backbone, settings.backbone.weights, seed);
  const engine = await openEngine(settings.engine);
  const images = new StudyImages(index, inputSize, settings.resize, seed, PRESETS, memory / 2);
  const prefix = new Prefix(engine, backbone, weights, inputSize);
  const bench: Workbench = {
    engine,
    backbone,
    inputSize,
    weights,
    features: new MemoryFeatures(prefix, images, settings.reuse ? memory : 0),
    programs: new TailPrograms(engine),
    labels: Uint32Array.from(index.splits.train, ({ label }) => label),
    classes: index.classes.length,
    objective,
    judge: judgeOf(index, 'validation', objective.positiveClass),
    now: () => performance.now(),
  };
  const identity = { backbone: backbone.name, weights: weightsDigest(weights), inputSize, images: index.digest };
  return { bench, identity };
}
