// What the feature cache has saved, from what the built-in trainer reports of its work.
import type { Report, Trial } from './trial.js';

/** What the frozen part of the network cost: `Report.work` as the built-in trainer fills it in. */
export type FeatureWork = {
  /** Images whose features were needed: without the cache, all of them go through the network. */
  readonly needed: number;
  /** Images that did. */
  readonly computed: number;
  /** Wall time of that, decoding and augmentation included. */
  readonly seconds: number;
  /** Wall time in which the engine ran, whatever part of the network. Missing in journals of earlier versions. */
  readonly running?: number;
};

export const NO_WORK: FeatureWork = { needed: 0, computed: 0, seconds: 0 };

/** The work of several reports. */
export interface WorkSum extends Readonly<FeatureWork> {
  /** Seconds that the cache saved, each report at the pace of those up to it: it does not shrink when computing gets faster later. */
  readonly saved: number;
}

export const NO_SUM: WorkSum = { ...NO_WORK, saved: 0 };

/** The work that a report tells; undefined where it tells none, or a trainer tells something else. */
export function featureWorkOf({ work }: Pick<Report, 'work'>): FeatureWork | undefined {
  const { needed, computed, seconds = 0, running } = work ?? {};
  if (needed === undefined || computed === undefined) return undefined;
  return { needed, computed, seconds, ...(running === undefined ? {} : { running }) };
}

/**
 * The share of an epoch in which the engine waited for images, features and all else, in [0, 1]; undefined where the trainer does not say.
 * @param reports of trials that were trained at once: each has the seconds of all of them, and its part of the work.
 */
export function waitingShare(reports: readonly Pick<Report, 'seconds' | 'work'>[]): number | undefined {
  const seconds = Math.max(0, ...reports.map((report) => report.seconds ?? 0));
  const running = reports.flatMap((report) => featureWorkOf(report)?.running ?? []);
  if (seconds <= 0 || running.length < reports.length) return undefined;
  return Math.min(1, Math.max(0, 1 - running.reduce((sum, one) => sum + one, 0) / seconds));
}

export function addWork(sum: WorkSum, report: Pick<Report, 'work'>): WorkSum {
  const work = featureWorkOf(report);
  if (work === undefined) return sum;
  const computed = sum.computed + work.computed;
  const seconds = sum.seconds + work.seconds;
  const pace = computed === 0 ? 0 : seconds / computed;
  const saved = sum.saved + (work.needed - work.computed) * pace;
  return { needed: sum.needed + work.needed, computed, seconds, saved };
}

interface StudyWork {
  readonly trials: readonly Trial[];
  readonly prepared: WorkSum;
}

/** The work of all trials together, and of slots that had none. */
export function workOfStudy({ trials, prepared }: StudyWork): WorkSum {
  return trials.flatMap(({ reports }) => reports).reduce(addWork, prepared);
}

/** Seconds, of all slots together, that the other images would have taken at the pace of those that were computed; undefined where none was. */
export function secondsSaved({ computed, saved }: WorkSum): number | undefined {
  return computed === 0 ? undefined : Math.max(0, saved);
}

/** Images an epoch went through, training and validation, in a second of it; undefined where the trainer does not say. */
export function imagesPerSecond(report: Report): number | undefined {
  const { seconds } = report;
  const work = featureWorkOf(report);
  return work === undefined || seconds === undefined || seconds <= 0 ? undefined : work.needed / seconds;
}
