// Learning-rate schedules: pure functions of the place in a trial and of the scores so far.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';

export type ScheduleOptions = Pick<
  TrainingConfiguration,
  'schedule' | 'warmupEpochs' | 'stepEpochs' | 'stepFactor' | 'plateauPatience'
>;

/** A place in the scheduled part of a trial, in epochs. */
export interface SchedulePlace {
  /** Epochs before this place, with fractions, in [0, length). */
  readonly position: number;
  /** Epochs of the scheduled part. */
  readonly length: number;
  /** The score of each of its finished epochs. */
  readonly scores: readonly number[];
  /** Where phases begin in it, in epochs. */
  readonly phaseStarts?: readonly number[];
}

/** Shares and divisors of the one-cycle policy: those of PyTorch's OneCycleLR. */
const ONE_CYCLE = { rising: 0.3, startDivisor: 25, endDivisor: 25e4 };

/**
 * The learning rate of a step.
 * @param epoch where its epoch begins; undefined in the head phase. @param progress share of the epoch before the step, in [0, 1).
 */
export function learningRateAt(
  configuration: TrainingConfiguration,
  epoch: SchedulePlace | undefined,
  progress: number,
): number {
  if (epoch === undefined) return configuration.headLearningRate;
  const place = { ...epoch, position: epoch.position + progress };
  return configuration.learningRate * rateFactor(configuration, place);
}

/** What the peak rate is multiplied by: linear from zero over `warmupEpochs`, then the schedule. */
export function rateFactor(options: ScheduleOptions, place: SchedulePlace): number {
  const warmup = Math.min(options.warmupEpochs, place.length);
  if (place.position < warmup) return place.position / warmup;
  const position = place.position - warmup;
  return scheduleFactor(options, { ...place, position, length: place.length - warmup });
}

function scheduleFactor(options: ScheduleOptions, place: SchedulePlace): number {
  const { position, length } = place;
  switch (options.schedule) {
    case 'constant':
      return 1;
    case 'cosine':
      return between(1, 0, position / length);
    case 'step':
      return options.stepFactor ** Math.floor(position / options.stepEpochs);
    case 'plateau':
      return options.stepFactor ** plateaus(place, options.plateauPatience);
    case 'oneCycle':
      return oneCycle(position / length);
  }
}

/** Half a cosine from one value to another (Loshchilov & Hutter 2017, equation 5); `progress` in [0, 1]. */
function between(from: number, to: number, progress: number): number {
  return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** Smith & Topin 2018, with cosine flanks: up to the peak, then down to almost nothing. */
function oneCycle(progress: number): number {
  const { rising, startDivisor, endDivisor } = ONE_CYCLE;
  if (progress < rising) return between(1 / startDivisor, 1, progress / rising);
  return between(1, 1 / endDivisor, (progress - rising) / (1 - rising));
}

/** How often the best score was not beaten for `patience` epochs of a phase; each time, and with each phase, the count restarts. */
function plateaus({ scores, phaseStarts = [] }: SchedulePlace, patience: number): number {
  let best = -Infinity;
  let waited = 0;
  let count = 0;
  for (const [epoch, score] of scores.entries()) {
    if (phaseStarts.includes(epoch)) waited = 0;
    if (score > best) {
      best = score;
      waited = 0;
    } else if (++waited === patience) {
      count++;
      waited = 0;
    }
  }
  return count;
}
