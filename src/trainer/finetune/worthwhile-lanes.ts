// How many heads are worth training as one: a model of what bench/fusion.ts measures.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { Tail } from './tail.js';
import { describeStep } from './tail-programs.js';
import { stepOptions } from './training-step.js';

export interface HeadSize {
  /** Of the pooled features. */
  readonly channels: number;
  readonly classes: number;
  readonly batchSize: number;
}

/** Two are hardly faster, where they are at all. */
const LEAST = 4;
/** More gain little, and each is a trial that begins knowing less of the others. */
const MOST = 8;
/**
 * Weights of all lanes. A step works on about eight arrays of this size; beyond it they leave the processor's second cache, and what
 * is saved on some fifty operators is lost again.
 */
const WEIGHTS = 2 ** 15;
/** Features of all lanes' batches. */
const FEATURES = 2 ** 19;
/** Batches of other sizes would not keep the bits of a trial alone (lanesKeepBits), and are not trained together. */
const BATCH_MULTIPLE = 4;

/** A power of two; 1 where a trial is better off alone. */
export function worthwhileLanes({ channels, classes, batchSize }: HeadSize): number {
  if (batchSize % BATCH_MULTIPLE !== 0) return 1;
  const room = Math.min(MOST, WEIGHTS / (channels * classes), FEATURES / (channels * batchSize));
  return room < LEAST ? 1 : 2 ** Math.floor(Math.log2(room));
}

/** Trials of equal keys can be lanes of one program; undefined where more than the head is trained. */
export function laneKey(configuration: TrainingConfiguration, tail: Omit<Tail, 'depth'>): string | undefined {
  if (configuration.unfreezeDepth > 0) return undefined;
  const head = { ...tail, depth: 0 };
  return describeStep(head, configuration.batchSize, stepOptions(configuration, head));
}
