// What keeping frozen features has spared, from what trials report of their work.
import type { FrozenWork, Report, Trial } from './trial.js';

/** Images whose frozen features trials needed, those that went through the frozen part for it, and the seconds that took. */
export type FeatureWork = FrozenWork;

export const NO_WORK: FeatureWork = { needed: 0, computed: 0, seconds: 0 };

export function addWork(sum: FeatureWork, { work }: { readonly work?: FeatureWork }): FeatureWork {
  if (work === undefined) return sum;
  return {
    needed: sum.needed + work.needed,
    computed: sum.computed + work.computed,
    seconds: sum.seconds + work.seconds,
  };
}

interface StudyWork {
  readonly trials: readonly Trial[];
  readonly prepared: FeatureWork;
}

/** The work of all trials together, and of slots that had none. */
export function workOfStudy({ trials, prepared }: StudyWork): FeatureWork {
  return trials.flatMap(({ reports }) => reports).reduce(addWork, prepared);
}

/** Seconds, of all slots together, that the other images would have taken at the pace of those that were computed; undefined where none was. */
export function secondsSaved({ needed, computed, seconds }: FeatureWork): number | undefined {
  return computed === 0 ? undefined : Math.max(0, needed - computed) * (seconds / computed);
}

/** Images an epoch went through, training and validation, in a second of it; undefined where the trainer does not say. */
export function imagesPerSecond({ work, seconds }: Report): number | undefined {
  return work === undefined || seconds === undefined || seconds <= 0 ? undefined : work.needed / seconds;
}
