// The built-in trainer: fine-tunes a pre-trained CNN. One per worker thread, used for one trial after another.
import { threadId } from 'node:worker_threads';
import { HpoError } from '../study/errors.js';
import type { Parameters } from '../study/parameters.js';
import type { Train, TrainContext } from '../study/train.js';
import type { Assignment } from '../study/trial-runner.js';
import type { Report } from '../study/trial.js';
import { ArrayPool } from './array-pool.js';
import { strategiesOf } from './augmentation/strategy.js';
import { backboneWeights } from './backbone-weights.js';
import { getBackbone } from './backbones/registry.js';
import { type BackboneChoice, type CnnSettings, type SingleCnnSettings, backbonesOf } from './cnn-settings.js';
import { collectSeldom } from './collect-seldom.js';
import { configureSharp } from './data/decode.js';
import { PixelCache } from './data/pixel-cache.js';
import type { Engine, EngineName } from './engines/engine.js';
import { openEngine } from './engines/open-engine.js';
import { FeatureFolder } from './features/feature-folder.js';
import type { Features } from './features/feature-block.js';
import { FreshFeatures } from './features/fresh-features.js';
import { Prefix, stopsOf } from './features/prefix.js';
import { StoredFeatures } from './features/stored-features.js';
import { CheckpointFiles } from './finetune/checkpoint.js';
import { checkDepth, clampDepth, configurationOf, fromScratch } from './finetune/configuration.js';
import { featureNeeds } from './finetune/feature-needs.js';
import { Importances } from './finetune/importance.js';
import { TailPrograms } from './finetune/tail-programs.js';
import { LaneGroup } from './finetune/lane-group.js';
import { type EpochTrainer, fineTune } from './finetune/trial.js';
import { tellProgress } from './finetune/trial-progress.js';
import { WorkMeter } from './finetune/work-meter.js';
import type { Workbench } from './finetune/workbench.js';
import { checkObjective, judgeOf } from './judge.js';
import { judgementOf } from './judgement.js';
import { StudyImages } from './study-images.js';
import { weightsDigest } from './weights/digest.js';

/** Raised whenever the same network would give other features than before. */
const FEATURES_VERSION = 2;

/** Bytes. */
const DEFAULT_CACHE_BUDGET = 10e9;

/** Its multiples spread any number of workers evenly. */
const GOLDEN_RATIO = 0.6180339887498949;

/**
 * What it returns trains any number of trials, one at a time. The engine is opened at once; so are the weights of a single backbone, and
 * those of several when a trial first needs them.
 */
export async function createTrain(settings: CnnSettings): Promise<Train> {
  collectSeldom();
  const choices = backbonesOf(settings);
  const engines = await openEngines(settings.engine);
  const opened = new Map<string, Promise<OpenWorkbench>>();
  // One for all: a baseline sees the images of the trials before it.
  const decoded = new PixelCache(settings.memory / 2);
  const open = (backbone: BackboneChoice, scratch = false): Promise<OpenWorkbench> => {
    const key = `${backbone.name}${scratch ? ' from scratch' : ''}`;
    const known = opened.get(key);
    if (known !== undefined) return known;
    const own = { ...settings, backbone, memory: settings.memory / choices.length };
    const opening = openWorkbench(scratch ? withRandomWeights(own) : own, engines, console.warn, decoded);
    opened.set(key, opening);
    opening.catch(() => opened.delete(key));
    return opening;
  };
  if (choices.length === 1) await open(choices[0] as BackboneChoice);
  async function* train(
    assignment: Assignment,
    context: TrainContext,
    trainer?: EpochTrainer,
  ): AsyncGenerator<Report, void> {
    const { seed, trial, parameters } = assignment;
    const scratch = assignment.fromScratch === true;
    const { bench, identity, features } = await open(chosen(choices, parameters), scratch);
    const wanted = configurationOf(settings.training, parameters);
    const blocks = bench.backbone.blocks.length;
    const fitting = choices.length > 1 ? clampDepth(wanted, blocks) : wanted;
    const configuration = scratch ? fromScratch(fitting, blocks, settings.baselineEpochs) : fitting;
    checkDepth(configuration, bench.backbone.name, blocks);
    const trained = JSON.stringify({ ...identity, seed, trial, configuration });
    const source = features.of(featureNeeds(configuration, blocks));
    const progress = tellProgress(bench.work, context);
    const files = new CheckpointFiles(assignment.directory, trained);
    const plan = { identity: { seed, trial }, configuration, files, onStep: progress.onStep };
    try {
      yield* fineTune({ ...bench, features: source }, plan, trainer);
    } finally {
      progress.stop();
    }
  }
  const together: NonNullable<Train['together']> = (assignments, context) => {
    const group = new LaneGroup();
    const trainer: EpochTrainer = (...epoch) => group.trainEpoch(...epoch);
    return assignments.map((assignment) => announcing(group, train(assignment, context, trainer)));
  };
  return Object.assign((assignment: Assignment, context: TrainContext) => train(assignment, context), { together });
}

/** The trial, known to the group whenever it is asked for a report. */
function announcing(group: LaneGroup, trial: AsyncGenerator<Report, void>): AsyncGenerator<Report, void> {
  const next = (): Promise<IteratorResult<Report, void>> => group.during(() => trial.next());
  return Object.assign(Object.create(trial) as AsyncGenerator<Report, void>, {
    next,
    return: () => trial.return(),
    throw: (error: unknown) => trial.throw(error),
  });
}

/** Nothing is frozen, so no features are kept; decoded images are. */
function withRandomWeights(settings: SingleCnnSettings): SingleCnnSettings {
  return { ...settings, backbone: { ...settings.backbone, weights: 'random' }, maxDepth: Infinity, reuse: false };
}

function chosen(choices: readonly BackboneChoice[], { backbone: name }: Parameters): BackboneChoice {
  if (name === undefined && choices.length === 1) return choices[0] as BackboneChoice;
  const found = choices.find((choice) => choice.name === String(name).toLowerCase());
  if (found !== undefined) return found;
  const names = choices.map((choice) => choice.name).join(', ');
  throw new HpoError('ERR_BACKBONE', `expected one of ${names}, got ${String(name)} as the parameter backbone`);
}

interface Engines {
  readonly engine: Engine;
  /** Of the frozen part. */
  readonly prefixEngine: Engine;
}

/** The engine that trains, and the one that runs the frozen part: the fastest for it, or where that does not load the same. */
export async function openEngines(name: EngineName): Promise<Engines> {
  const engine = await openEngine(name);
  const prefixEngine = engine.name === 'onnx' ? engine : await openEngine('onnx').catch(() => engine);
  return { engine, prefixEngine };
}

interface OpenWorkbench {
  readonly bench: Omit<Workbench, 'features'>;
  /** Of which every trial has its own view. */
  readonly features: Features;
  /** What identifies the network and the images that it works on. */
  readonly identity: object;
}

/** Everything that the trials of one backbone share in one thread. */
export async function openWorkbench(
  settings: SingleCnnSettings,
  { engine, prefixEngine }: Engines,
  warn: (message: string) => void = () => {},
  decoded = new PixelCache(settings.memory / 2),
): Promise<OpenWorkbench> {
  const { index, objective, resize, seed, memory } = settings;
  checkObjective(objective, index.classes, objective.positiveClass);
  configureSharp();
  const backbone = getBackbone(settings.backbone.name);
  const inputSize = settings.backbone.inputSize ?? backbone.inputSize;
  const weights = await backboneWeights(backbone, settings.backbone.weights, seed);
  const images = new StudyImages(index, inputSize, resize, seed, strategiesOf(settings.augmentations), decoded);
  const stops = stopsOf(backbone, inputSize, settings.maxDepth);
  const prefix = new Prefix(prefixEngine, backbone, weights, inputSize, stops);
  const digest = weightsDigest(weights);
  const counter = { needed: 0, computed: 0, seconds: 0 };
  const fresh = new FreshFeatures(prefix, images, counter);
  const features: Features = settings.reuse
    ? new StoredFeatures({
        prefix,
        images,
        fresh,
        counter,
        memory,
        warn,
        folder: new FeatureFolder(settings.cache, settings.cacheBudget ?? DEFAULT_CACHE_BUDGET),
        network: JSON.stringify([FEATURES_VERSION, prefixEngine.name, backbone.name, digest, inputSize]),
        about: { study: settings.study, network: `${backbone.name}, ${inputSize} px` },
        start: (threadId * GOLDEN_RATIO) % 1,
      })
    : fresh;
  const bench: OpenWorkbench['bench'] = {
    engine,
    backbone,
    inputSize,
    weights,
    programs: new TailPrograms(engine),
    arrays: new ArrayPool(),
    labels: Uint32Array.from(index.splits.train, ({ label }) => label),
    classes: index.classes.length,
    objective,
    judge: judgeOf(index, 'validation', objective.positiveClass),
    inspect: (probabilities) => judgementOf({ ...objective, index, split: 'validation', seed }, probabilities),
    importances: new Importances(fresh),
    work: new WorkMeter(counter),
    now: () => performance.now(),
  };
  const identity = { backbone: backbone.name, weights: digest, inputSize, images: index.digest };
  return { bench, identity, features };
}
