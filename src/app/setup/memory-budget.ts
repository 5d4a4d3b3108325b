// What a study may hold in memory, and how that is divided: first what training cannot do without, then caches.
import { freemem, totalmem } from 'node:os';
import type { Backbone } from '../../backbones/backbone.js';
import { parameterSpecs } from '../../backbones/parameters.js';
import { activationSizes } from '../../backbones/shapes.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { HpoError } from '../../study/errors.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import { wantsBaseline } from '../../study/wants-baseline.js';
import { parseBytes } from '../../system/byte-size.js';
import { counted, formatBytes } from '../../system/format.js';
import { fieldValues, largestValue } from './field-values.js';
import { thisMachine } from './machine.js';

/** Share of what is free that a study takes where nobody says how much. */
const SHARE_OF_FREE = 0.5;
/** Share of all memory that counts as free at least, where the system counts the cached content of files as used. */
const LEAST_FREE = 0.25;
/** A worker holds features, and half as much again of decoded images. */
const IMAGES_PER_FEATURES = 0.5;
/** Bytes of the program itself: Node, the libraries, history and dashboard. Measured. */
const PROGRAM = 200e6;
/** Bytes of a worker beside its arrays. In a process of its own it has Node and the libraries again, and maybe a Python with PyTorch. Measured. */
const WORKER = { thread: 80e6, process: 200e6, torch: 440e6 } as const;
/** With fewer bytes of caches for each worker, every image would be decoded again and again. */
const LEAST_CACHE = 20e6;
/** Bytes of what is known of an image: its place in the index, and in each worker the names of its features in a few views and cuts. Measured. */
const IMAGE = { program: 200, worker: 700 } as const;
/** Bytes of a step over those of its layers' arrays: values before activations, and gradients. Measured for SqueezeNet 1.1. */
const STEP_OVERHEAD = 1.7;
/** Weights as they were read and as they are used, the state of the optimizer twice, and the best epoch's. */
const COPIES_OF_PARAMETERS = 6;
const FLOAT_BYTES = 4;

export interface MemoryBudget {
  readonly bytes: number;
  /** Whether the study names it. */
  readonly isChosen: boolean;
}

/** @param free bytes that are free on this machine, or in the container. */
export function memoryBudget(wanted: ResourcesConfiguration['memory'], free: number = freeMemory()): MemoryBudget {
  const bytes = typeof wanted === 'string' ? parseBytes(wanted) : wanted;
  return bytes === undefined ? { bytes: Math.floor(free * SHARE_OF_FREE), isChosen: false } : { bytes, isChosen: true };
}

function freeMemory(): number {
  // Before 20.13 Node does not have it, whatever its types say, and knows nothing of containers.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition
  const told = process.availableMemory?.() ?? freemem();
  const { memory } = thisMachine();
  return countsFilesAsUsed(process.platform, memory < totalmem()) ? atLeastFree(told, memory) : told;
}

/** libuv counts pages that hold nothing on macOS, and in a container all that its processes and their files take. */
export function countsFilesAsUsed(platform: string, isLimited: boolean): boolean {
  return platform === 'darwin' || isLimited;
}

/** @param memory bytes of the machine, or of the container. */
export function atLeastFree(told: number, memory: number): number {
  return Math.max(told, memory * LEAST_FREE);
}

/** The workers among which it is divided. */
export interface MemoryUsers {
  readonly workers: number;
  readonly kind: keyof typeof WORKER;
  /** Bytes of the largest step of a trial, with all that the trial keeps between steps. */
  readonly step: number;
  readonly images: number;
}

export interface MemoryDivision {
  readonly budget: number;
  /** Bytes of it that training cannot do without. */
  readonly training: number;
  /** Bytes of features that one worker may keep. It may keep half as much again of decoded images. */
  readonly features: number;
}

/**
 * Caches get what training leaves. What a study records does not depend on it.
 * @throws HpoError ERR_STUDY_INVALID where the study names an amount in which it cannot train.
 */
export function divideMemory(
  { bytes, isChosen }: MemoryBudget,
  { workers, kind, step, images }: MemoryUsers,
): MemoryDivision {
  const training = PROGRAM + IMAGE.program * images + workers * (WORKER[kind] + step + IMAGE.worker * images);
  const least = training + workers * LEAST_CACHE;
  if (isChosen && bytes < least) {
    const who = `${counted(workers, 'worker')} whose largest step takes ${formatBytes(step)}`;
    const remedy = 'fewer workers (resources.workers), smaller batches or fewer unfrozen blocks need less';
    const message = `resources.memory: expected at least ${formatBytes(least)} for ${who}, found ${formatBytes(bytes)}; ${remedy}`;
    throw new HpoError('ERR_STUDY_INVALID', message);
  }
  const ofWorker = Math.max(LEAST_CACHE, (bytes - training) / workers);
  return { budget: bytes, training, features: Math.floor(ofWorker / (1 + IMAGES_PER_FEATURES)) };
}

interface Network {
  readonly backbone: Backbone;
  readonly inputSize: number;
}

/**
 * Bytes of the largest training step of any trial, and of the parameters that are kept for it. Of model files only the parameters are known.
 */
export function stepMemory(
  definition: Pick<StudyDefinition, 'space' | 'training' | 'baseline'>,
  networks: readonly Network[],
): number {
  const [deepest, batch] = [largestValue(definition, 'unfreezeDepth'), largestValue(definition, 'batchSize')];
  // With images of another domain a step has twice as many.
  const images = batch * (Math.max(...fieldValues(definition, 'adversarial').map(Number)) > 0 ? 2 : 1);
  // A baseline trains all blocks.
  const depth = wantsBaseline(definition) ? Infinity : deepest;
  const bytes = networks.map(({ backbone, inputSize }) => {
    const first = Math.max(0, backbone.blocks.length - depth);
    const activations = sum(activationSizes(backbone, inputSize).slice(first));
    return FLOAT_BYTES * images * activations * STEP_OVERHEAD + keptMemory(backbone);
  });
  return Math.max(0, ...bytes);
}

/** Bytes of the parameters alone: where a device with memory of its own computes the step, this machine holds no more of it. */
export function parameterMemory(networks: readonly Pick<Network, 'backbone'>[]): number {
  return Math.max(0, ...networks.map(({ backbone }) => keptMemory(backbone)));
}

function keptMemory(backbone: Backbone): number {
  return FLOAT_BYTES * COPIES_OF_PARAMETERS * sum(parameterSpecs(backbone).map(({ shape }) => sizeOf(shape)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
