// How long a study takes: from its own trials where there are some, else from how fast its engine computes here.
import type { ProbeAnswer } from '../../engines/probe/probe.js';
import { StudyModel } from '../../dashboard/model/study-model.js';
import type { TrialEvent } from '../../study/events.js';
import type { StudyTime, Work } from './study-plan.js';

/** Multiply-accumulates of an image in the probe's forward pass, and in its training step with the backward pass. */
export const PROBED = { forward: 23.9e6, training: 3 * 17.7e6 } as const;
/** How far such an estimate may be off: networks differ from the probe's, and trials also decode images, evaluate and write. */
const ROUGHLY = { low: 0.5, high: 4 } as const;
/** The least that pruning may leave of the epochs. */
const PRUNED = 0.3;

export interface Measured {
  readonly work: Work;
  readonly speed: Extract<ProbeAnswer, { status: 'works' }>['speed'];
  readonly slots: number;
  /** Programs of the frozen part that run at a time: cores, or GPUs. */
  readonly parallel: number;
  readonly isPruned: boolean;
  /** The share of the trainings that is certain, where trials may be dropped after some of their folds; default 1. */
  readonly least?: number;
}

/** Of the trials left, by the events so far; undefined where they tell nothing yet. */
export function timeFromTrials(events: readonly TrialEvent[], slots: number, now: number): StudyTime | undefined {
  const model = new StudyModel(events);
  if (model.isOver) return { low: 0, high: 0, basis: 'all trials have run' };
  const time = model.timeLeft(slots, now);
  if (time === undefined) return undefined;
  return { low: time.low, high: time.high, basis: 'by the trials that have run, for those that are left' };
}

/** A rough range for the whole study, from a short measurement of the engine. */
export function timeFromSpeed({ work, speed, slots, parallel, isPruned, least = 1 }: Measured): StudyTime {
  if (speed === undefined) return UNKNOWN_TIME;
  const { frozen } = work;
  const trained = work.multiplyAccumulates - frozen;
  const seconds =
    frozen / (speed.forward * PROBED.forward * parallel) + trained / (speed.training * PROBED.training * slots);
  const low = ROUGHLY.low * (isPruned ? PRUNED : 1) * least * seconds;
  return { low, high: ROUGHLY.high * seconds, basis: 'roughly, by a short measurement of the engine' };
}

export const UNKNOWN_TIME: StudyTime = {
  low: null,
  high: null,
  basis: 'unknown before the first trials have run; hpo run shows the time left after the first epochs',
};
