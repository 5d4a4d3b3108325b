// What keeping frozen features has spared, from what trials report of their work.
import type { Report } from './trial.js';

/** Images whose frozen features trials needed, and those that went through the frozen part of the network for it. */
export interface FeatureWork {
  readonly needed: number;
  readonly computed: number;
}

export const NO_WORK: FeatureWork = { needed: 0, computed: 0 };

export function addWork(sum: FeatureWork, { work }: Report): FeatureWork {
  return work === undefined ? sum : { needed: sum.needed + work.needed, computed: sum.computed + work.computed };
}

/** Images an epoch went through, training and validation, in a second of it; undefined where the trainer does not say. */
export function imagesPerSecond({ work, seconds }: Report): number | undefined {
  return work === undefined || seconds === undefined || seconds <= 0 ? undefined : work.needed / seconds;
}
