// Learning-rate schedules: the rate of a step as a pure function of its place in the phase.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';

export type ScheduleName = TrainingConfiguration['schedule'];

/**
 * What the peak rate is multiplied by at a step.
 * constant: 1. cosine: ½(1 + cos(π·step/steps)), from 1 towards 0 (Loshchilov & Hutter 2017, without restarts).
 * @param step counted from 0; @param steps of the whole phase.
 */
export function rateFactor(schedule: ScheduleName, step: number, steps: number): number {
  switch (schedule) {
    case 'constant':
      return 1;
    case 'cosine':
      return 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  }
}
