// What the trials of one backbone share in one thread: network, images, cached features, programs.
import { threadId } from 'node:worker_threads';
import { ArrayPool } from '../system/array-pool.js';
import { backboneWeights } from '../backbones/backbone-weights.js';
import type { Backbone } from '../backbones/backbone.js';
import { openBackbone } from '../backbones/open-backbone.js';
import { networkDigest } from '../backbones/weights/digest.js';
import { type Engine, type EngineDevice, type EngineName, PREFIX_ENGINE } from '../engines/engine.js';
import { openEngine } from '../engines/open-engine.js';
import { timedEngine } from '../engines/timed-engine.js';
import { CachedFeatures } from '../features/cached-features.js';
import { DeviceFeatures } from '../features/device-features.js';
import { FeatureCounter } from '../features/feature-counter.js';
import { FeatureFolder } from '../features/feature-folder.js';
import type { Features } from '../features/features.js';
import { FreshFeatures } from '../features/fresh-features.js';
import { Prefix, cachedLayersOf } from '../features/prefix.js';
import { strategiesOf } from '../images/augmentation/strategy.js';
import type { ImageIndex } from '../images/indexing/image-index.js';
import { configureSharp } from '../images/pixels.js';
import { PixelCache, StudyImages, plainView } from '../images/study-images.js';
import { classOf, labelsOf } from '../images/indexing/image-index.js';
import { HpoError } from '../study/errors.js';
import { isMultilabel } from '../study/task.js';
import type { SingleCnnSettings } from './cnn-settings.js';
import { checkObjective, evaluateModel, evaluatesTarget, reportMetrics, splitOfMetric } from './evaluation.js';
import { must } from '../system/must.js';
import { Importances } from './finetune/importance.js';
import { sampleWeights } from './finetune/batches.js';
import { TailPrograms } from './finetune/tail-programs.js';
import type { Workbench } from './finetune/workbench.js';
import { type BatchNormStatistics, batchNormStatistics } from './finetune/batch-norm-statistics.js';
import type { HostTensor } from '../graph/host-tensor.js';

/** Increased whenever the same network would give other features than before. */
const FEATURES_VERSION = 2;

/** Bytes. */
const DEFAULT_CACHE_BUDGET = 10e9;

/** Its multiples spread any number of workers evenly. */
const GOLDEN_RATIO = 0.6180339887498949;

export interface Engines {
  readonly engine: Engine;
  /** Of the frozen part, where the other does not run it itself. */
  readonly prefixEngine: Engine;
  /** Frees both, with everything that was opened of them. */
  dispose(): Promise<void>;
}

/**
 * The engine that trains, and the one that runs the frozen part: the fastest for that, or the same where it does not load. The caller disposes of both.
 * @param device what it must compute on: one that no longer finds its GPU would train on the processor, for days.
 * @throws HpoError ERR_ENGINE.
 */
export async function openEngines(name: EngineName, device?: EngineDevice): Promise<Engines> {
  const engine = await openEngine(name);
  if (device !== undefined && engine.device !== device) {
    await engine.dispose();
    const message = `expected the engine ${name} on ${device}, as it was tried before, got it on ${engine.device}: is the GPU still there?`;
    throw new HpoError('ERR_ENGINE', message);
  }
  const prefixEngine = name === PREFIX_ENGINE ? engine : await openEngine(PREFIX_ENGINE).catch(() => engine);
  const all = new Set([engine, prefixEngine]);
  const dispose = async (): Promise<void> => {
    for (const one of all) await one.dispose();
  };
  return { engine, prefixEngine, dispose };
}

export interface OpenWorkbench {
  readonly bench: Omit<Workbench, 'features' | 'work'>;
  /** Every trial reads them by its own needs. */
  readonly features: Features;
  /** The same without a cache. */
  readonly fresh: Features;
  /** What computing them costs. */
  readonly counter: FeatureCounter;
  /** What identifies the network and the images that it works on. */
  readonly identity: object;
  /** The network with BatchNorm statistics of the training images, and with those of the target's. Computed when first asked for. */
  readonly adapt: () => Promise<AdaptedBackbone>;
  /** Closes files. Features can still be read. */
  readonly close: () => Promise<void>;
}

/** The network twice: each domain is normalised by its own statistics, so that both look alike to what comes after. */
export interface AdaptedBackbone {
  readonly source: { readonly features: Features; readonly statistics: BatchNormStatistics };
  readonly target: AdaptedBackbone['source'];
}

/** Each program has its own threads, and a trial has several programs. */
const MOST_THREADS = 8;

/** Threads of an operation on so many cores: a power of two, so that there are few variants of a program. */
export function threadsOn(cores: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(Math.min(cores, MOST_THREADS))));
}

/** Decoded images take half as much memory as features. Threads of one process share them. */
export function decodedImages({ memory }: Pick<SingleCnnSettings, 'memory'>): PixelCache {
  return new PixelCache(memory / 2, { shared: true });
}

/** What runs the frozen part of a network: the engine that trains, where that is made for it and the network is one graph. */
function engineOfFrozen(
  { engine, prefixEngine }: Pick<Engines, 'engine' | 'prefixEngine'>,
  { file }: Backbone,
): Engine {
  const isGraph = file === undefined || file.isGraph('pooled');
  return engine.frozenBatch !== undefined && isGraph ? engine : prefixEngine;
}

export interface WorkbenchOptions {
  readonly warn?: (message: string) => void;
  /** Default: a new cache. */
  readonly decoded?: PixelCache;
  /** How many workers' shares of the processor may be taken right now; default 1. */
  readonly share?: () => number;
}

/** Everything that the trials of one backbone share in one thread. */
export async function openWorkbench(
  settings: SingleCnnSettings,
  { engine, prefixEngine }: Pick<Engines, 'engine' | 'prefixEngine'>,
  { warn = () => {}, decoded = decodedImages(settings), share = () => 1 }: WorkbenchOptions = {},
): Promise<OpenWorkbench> {
  const { index, objective, resize, seed, memory, cores = 1 } = settings;
  const judged = evaluatesTarget(index);
  checkObjective(objective, index, objective.positiveClass, judged);
  configureSharp();
  const backbone = openBackbone(settings.backbone);
  const inputSize = settings.backbone.inputSize ?? backbone.inputSize;
  const weights = await backboneWeights(backbone, settings.backbone.weights, seed);
  const images = new StudyImages(index, inputSize, resize, seed, strategiesOf(settings.augmentations), decoded);
  const layers = cachedLayersOf(backbone, inputSize, settings.maxDepth);
  const counter = new FeatureCounter();
  const timed = timedEngine(engine, counter.running);
  const frozen = engineOfFrozen(
    { engine: timed, prefixEngine: prefixEngine === engine ? timed : prefixEngine },
    backbone,
  );
  const digest = networkDigest(backbone, weights);
  const cached: CachedFeatures[] = [];
  const featuresWith = (own: ReadonlyMap<string, HostTensor>, ownDigest: string): OpenFeatures => {
    const prefix = new Prefix(frozen, backbone, own, inputSize, layers, threadsOn(cores), frozen.frozenBatch);
    const fresh = new FreshFeatures(prefix, images, counter);
    if (!settings.reuse) return { fresh, features: fresh };
    const network = JSON.stringify([FEATURES_VERSION, libraryOf(frozen), backbone.name, ownDigest, inputSize]);
    const features = new CachedFeatures({
      ...{ prefix, images, fresh, counter, network, warn },
      memory: mayAdapt(settings) ? memory / 3 : memory,
      shared: true,
      folder: new FeatureFolder(settings.cache, settings.cacheBudget ?? DEFAULT_CACHE_BUDGET),
      about: { study: settings.study, network: `${backbone.name}, ${inputSize} px` },
      start: (threadId * GOLDEN_RATIO) % 1,
    });
    cached.push(features);
    const { keepRows } = engine;
    return { fresh, features: keepRows === undefined ? features : new DeviceFeatures(features, keepRows) };
  };
  const { fresh, features } = featuresWith(weights, digest);
  const programs = new TailPrograms(timed, { threads: () => threadsOn(cores * share()) });
  const bench: OpenWorkbench['bench'] = {
    engine,
    backbone,
    inputSize,
    weights,
    programs,
    arrays: new ArrayPool(),
    ...imageInputs(index),
    ...(index.task === undefined ? {} : { task: index.task }),
    classes: index.classes.length,
    objective,
    evaluatesTarget: judged,
    // Of an index with folds all images are for training.
    ...(index.folds === undefined ? evaluationOf({ index, objective, seed }) : {}),
    importances: new Importances(fresh),
    now: () => performance.now(),
  };
  const identity = { backbone: backbone.name, weights: digest, inputSize, images: index.digest };
  const withStatisticsOf = async (split: 'train' | 'targetUnlabelled'): Promise<AdaptedBackbone['source']> => {
    const whole = { backbone, inputSize, depth: backbone.blocks.length, classes: index.classes.length };
    const state = engine.createState(weights);
    try {
      const block = fresh.open(0, plainView(split), 'float32');
      const statistics = await batchNormStatistics(programs, whole, state, block);
      const own = new Map([...weights, ...statistics]);
      return { statistics, features: featuresWith(own, networkDigest(backbone, own)).features };
    } finally {
      state.dispose();
    }
  };
  const adapt = async (): Promise<AdaptedBackbone> => {
    return { source: await withStatisticsOf('train'), target: await withStatisticsOf('targetUnlabelled') };
  };
  let adapting: Promise<AdaptedBackbone> | undefined;
  const adaptOnce = (): Promise<AdaptedBackbone> => {
    if (adapting !== undefined) return adapting;
    const begun = adapt();
    adapting = begun;
    // The next trial tries again.
    begun.catch(() => (adapting = undefined));
    return begun;
  };
  const close = async (): Promise<void> => {
    for (const one of cached) await one.close();
  };
  return { bench, identity, features, fresh, counter, adapt: adaptOnce, close };
}

/** What features depend on besides network and pixels: of a library that the user brings, also its version and what it computes on. */
function libraryOf({ name, library }: Engine): string {
  return library === undefined ? name : `${name} ${library}`;
}

interface OpenFeatures {
  readonly features: Features;
  /** The same without a cache. */
  readonly fresh: FreshFeatures;
}

/** Whether a trial may adapt the statistics: features of three networks then share the memory. */
function mayAdapt({ index, training }: Pick<SingleCnnSettings, 'index' | 'training'>): boolean {
  return index.target !== undefined && training.batchNormStatistics !== 'source';
}

/** What a workbench has of the training images. */
export function imageInputs(index: ImageIndex): Pick<Workbench, 'labels' | 'sampleWeights'> {
  const { splits } = index;
  return {
    labels: isMultilabel(index) ? splits.train.map(labelsOf) : Uint32Array.from(splits.train, classOf),
    sampleWeights: sampleWeights(splits.train.map(({ weight = 1 }) => weight)),
  };
}

/** How a workbench evaluates on the validation images. */
export function evaluationOf({
  index,
  objective,
  seed,
}: Pick<SingleCnnSettings, 'index' | 'objective' | 'seed'>): Required<Pick<Workbench, 'evaluate' | 'evaluateModel'>> {
  return {
    evaluate: (...probabilities) => reportMetrics(index, objective, ...probabilities),
    evaluateModel: (validation, target) => {
      const split = splitOfMetric(objective.metric);
      const probabilities = split === 'validation' ? validation : must(target, 'probabilities of the target');
      return evaluateModel({ ...objective, index, split, seed }, probabilities);
    },
  };
}
