// One epoch of training: batches drawn, steps taken, the rate on its schedule.
import { RandomStream } from '../../math/random.js';
import { HpoError } from '../../study/errors.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { DeviceState } from '../engines/engine.js';
import { epochBatches } from './batches.js';
import { type SchedulePlace, rateFactor } from './schedules.js';
import { type Tail, cutOf } from './tail.js';
import { Stepper } from './training-step.js';
import type { TrialPlan, Workbench } from './workbench.js';

/** A loss of so many times that of guessing has left everything that could still be learned from. */
const EXPLODED = 1e6;

export interface EpochPlan {
  /** Counted from 1. */
  readonly epoch: number;
  readonly tail: Tail;
  /** Optimizer steps taken in this phase before. */
  readonly stepsBefore: number;
  /** Where in the scheduled part the epoch begins; undefined in the head phase, whose rate is constant. */
  readonly place: SchedulePlace | undefined;
}

/** Takes the steps of one epoch; returns their number and the mean loss of the images. Throws ERR_DIVERGED. */
export async function trainEpoch(
  bench: Workbench,
  plan: Pick<TrialPlan, 'identity' | 'configuration'>,
  state: DeviceState,
  { epoch, tail, stepsBefore, place }: EpochPlan,
): Promise<{ readonly steps: number; readonly loss: number }> {
  const { configuration, identity } = plan;
  const stepper = new Stepper({
    ...{ bench, configuration, tail, state },
    block: await bench.features.open(cutOf(tail), { split: 'train', ...guiseOf(configuration, epoch) }),
    dropout: RandomStream.of(identity.seed, 'dropout', identity.trial, epoch),
    mixing: RandomStream.of(identity.seed, 'mixing', identity.trial, epoch),
  });
  const batches = epochBatches(identity, epoch, bench.labels, configuration.batchSize, configuration.sampling);
  let total = 0;
  let steps = 0;
  for (const positions of batches) {
    const rate = rateAt(configuration, place, steps / batches.length);
    const loss = await stepper.step(positions, rate, stepsBefore + ++steps);
    if (!(loss < EXPLODED * Math.log(bench.classes))) {
      throw new HpoError('ERR_DIVERGED', `the training loss became ${loss} at step ${steps} of epoch ${epoch}`);
    }
    total += loss * positions.length;
  }
  return { steps, loss: total / bench.labels.length };
}

/** How the training images of an epoch look. */
export function guiseOf(
  { augmentation, views }: TrainingConfiguration,
  epoch: number,
): { strategy: string; view: number } {
  return { strategy: augmentation, view: augmentation === 'none' ? 0 : (epoch - 1) % views };
}

function rateAt(configuration: TrainingConfiguration, place: SchedulePlace | undefined, share: number): number {
  if (place === undefined) return configuration.headLearningRate;
  return configuration.learningRate * rateFactor(configuration, { ...place, position: place.position + share });
}
