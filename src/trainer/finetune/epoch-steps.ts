// The steps of one epoch: batches drawn, the rate on its schedule, losses added up.
import { RandomStream } from '../../math/random.js';
import { HpoError } from '../../study/errors.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import { epochBatches } from './batches.js';
import { type SchedulePlace, rateFactor } from './schedules.js';
import { type Tail, cutOf } from './tail.js';
import type { StepOptions } from './tail-graphs.js';
import { StepFeeder, type StepFeeds } from './training-step.js';
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

export interface EpochResult {
  readonly steps: number;
  /** Mean over the images. */
  readonly loss: number;
}

export type PlannedTrial = Pick<TrialPlan, 'identity' | 'configuration' | 'onStep'>;

/** Steps to be taken one after the other. */
export type Steps = Pick<EpochSteps, 'options' | 'size' | 'inARow' | 'fill' | 'took'>;

export class EpochSteps {
  private taken = 0;
  private total = 0;

  private constructor(
    private readonly bench: Pick<Workbench, 'labels' | 'classes'>,
    private readonly trial: PlannedTrial,
    private readonly plan: EpochPlan,
    private readonly batches: readonly Uint32Array[],
    private readonly feeder: StepFeeder,
  ) {}

  static async open(bench: Workbench, trial: PlannedTrial, plan: EpochPlan): Promise<EpochSteps> {
    const { tail, epoch } = plan;
    const { batchSize, sampling } = trial.configuration;
    const batches = epochBatches(trial.identity, epoch, bench.labels, batchSize, sampling);
    return new EpochSteps(bench, trial, plan, batches, await feederOf(bench, trial, tail, epoch));
  }

  /** What shapes the steps' programs. */
  get options(): StepOptions {
    return this.feeder.options;
  }

  /** Images of the next step; undefined at the epoch's end. */
  get size(): number | undefined {
    return this.batches[this.taken]?.length;
  }

  /** How many steps of that size follow each other, the next one included. */
  get inARow(): number {
    const left = this.batches.length - this.taken;
    // None but the last may be of another size.
    return left > 1 && this.batches.at(-1)?.length !== this.size ? left - 1 : left;
  }

  get result(): EpochResult {
    return { steps: this.taken, loss: this.total / this.bench.labels.length };
  }

  /**
   * Writes what the next step is fed, or the one so many `ahead` of it; each has to be filled once, in their order, since random numbers
   * are drawn for it.
   */
  fill(feeds: StepFeeds, ahead = 0): Promise<void> {
    const step = this.taken + ahead;
    const positions = this.batches[step] as Uint32Array;
    return this.feeder.fill(feeds, positions, this.rate(step), this.plan.stepsBefore + step + 1);
  }

  /** The step was taken, with this loss. Throws ERR_DIVERGED. */
  took(loss: number): void {
    const size = this.size as number;
    this.taken++;
    if (!(loss < EXPLODED * Math.log(this.bench.classes))) {
      const place = `at step ${this.taken} of epoch ${this.plan.epoch}`;
      throw new HpoError('ERR_DIVERGED', `the training loss became ${loss} ${place}`);
    }
    this.total += loss * size;
    this.trial.onStep?.(this.taken / this.batches.length, size);
  }

  private rate(step: number): number {
    const { plan, batches } = this;
    const { configuration } = this.trial;
    if (plan.place === undefined) return configuration.headLearningRate;
    const position = plan.place.position + step / batches.length;
    return configuration.learningRate * rateFactor(configuration, { ...plan.place, position });
  }
}

/** Feeds the steps of one epoch of a trial, counted from 1. */
export async function feederOf(
  bench: Workbench,
  { configuration, identity: { seed, trial } }: PlannedTrial,
  tail: Tail,
  epoch: number,
): Promise<StepFeeder> {
  return new StepFeeder({
    ...{ bench, configuration, tail },
    block: await bench.features.open(cutOf(tail), { split: 'train', ...guiseOf(configuration, epoch) }),
    dropout: RandomStream.of(seed, 'dropout', trial, epoch),
    mixing: RandomStream.of(seed, 'mixing', trial, epoch),
  });
}

/** How the training images of an epoch look. */
export function guiseOf(
  { augmentation, views }: TrainingConfiguration,
  epoch: number,
): { strategy: string; view: number } {
  return { strategy: augmentation, view: augmentation === 'none' ? 0 : (epoch - 1) % views };
}
