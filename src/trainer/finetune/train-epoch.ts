// One epoch of training: its batches in order, each fed to the training step at the rate of the moment.
import { RandomStream } from '../../math/random.js';
import { HpoError } from '../../study/errors.js';
import type { DeviceState, Program, RowsFeed } from '../../engines/engine.js';
import type { FeatureBlock } from '../../features/features.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { must } from '../../system/must.js';
import { type BatchTargets, batchTargets } from './batch-targets.js';
import { epochBatches, fillDropoutMask } from './batches.js';
import { mixBatch } from './mixing.js';
import { STEPS_TO_LEAST } from './loss-scale.js';
import { type Optimizer, optimizerOf } from './optimizers.js';
import { trainingView } from './feature-needs.js';
import { type SchedulePlace, learningRateAt } from './schedules.js';
import { type Tail, cutOf } from './tail.js';
import { DOMAIN_RATE, REVERSAL, reversalAt } from './adversary.js';
import { TargetBatches } from './target-batches.js';
import { type StepOptions, parametersOf, rateName, rowsOf, stepOptions } from './tail-graphs.js';
import type { TrialPlan, Workbench } from './workbench.js';

/** A loss of so many times that of guessing has diverged: what was learned is lost. */
const EXPLODED = 1e6;

export interface EpochPlan {
  /** Counted from 1. */
  readonly epoch: number;
  readonly tail: Tail;
  /** Optimizer steps of this phase before the epoch. */
  readonly stepsBefore: number;
  /** Where the epoch begins in the schedule; undefined in the head phase, whose rate is constant. */
  readonly place: SchedulePlace | undefined;
  /** In place of the epoch's batches and rates; for range tests. */
  readonly batches?: readonly Uint32Array[];
  readonly rates?: readonly number[];
}

/** What a step's program says of it. */
export interface StepResult {
  readonly loss: number;
  /** Of it what regularisers add; 0 where it is missing. */
  readonly penalty?: number | undefined;
  readonly domainLoss?: number | undefined;
  /** 1 where it updated nothing (trainingGraph). */
  readonly skipped?: number | undefined;
}

export interface EpochResult {
  /** Of the optimizer: without those that were skipped. */
  readonly steps: number;
  /** Mean over the images, without penalties. */
  readonly loss: number;
  /** Mean over the steps' images of what regularisers add to the loss; missing where the trial has none. */
  readonly penalty?: number;
  /** Mean cross-entropy of the domain classifier; missing without adversarial adaptation. */
  readonly domainLoss?: number;
}

export type PlannedTrial = Pick<TrialPlan, 'identity' | 'configuration' | 'onStep'>;

/** Arrays for the inputs of a step's program by name (trainingGraph), each of the size of its input. */
export type StepFeeds = Readonly<Record<string, Float32Array>>;

/** Steps to be taken one after the other. */
export type Steps = Pick<EpochSteps, 'options' | 'size' | 'fill' | 'took'>;

/** Takes the steps of one epoch; returns their number and the mean loss of the images. Throws ERR_DIVERGED. */
export async function trainEpoch(
  bench: Workbench,
  trial: PlannedTrial,
  state: DeviceState,
  plan: EpochPlan,
): Promise<EpochResult> {
  const steps = await EpochSteps.open(bench, trial, plan);
  await takeSteps(bench, plan, state, steps);
  return steps.result;
}

/** Takes the steps that are left. */
export async function takeSteps(
  { arrays, programs }: Pick<Workbench, 'arrays' | 'programs'>,
  { tail }: Pick<EpochPlan, 'tail'>,
  state: DeviceState,
  steps: Steps,
): Promise<void> {
  const filled = new Map<Program, StepFeeds>();
  try {
    for (let size = steps.size; size !== undefined; size = steps.size) {
      const program = await programs.training(tail, size, steps.options);
      const feeds = filled.get(program) ?? emptyFeeds(program, (length) => arrays.take(length));
      filled.set(program, feeds);
      const rows = await steps.fill(feeds, true);
      steps.took(resultOf(await program.run(state, feeds, {}, rows)));
    }
  } finally {
    for (const feeds of filled.values()) for (const array of Object.values(feeds)) arrays.give(array);
  }
}

/** The steps of one epoch. They differ in their batch, their rate and what two random streams draw. */
export class EpochSteps {
  /** What the step's program follows from. */
  readonly options: StepOptions;
  private taken = 0;
  private skipped = 0;
  private total = 0;
  private totalPenalty = 0;
  private totalDomainLoss = 0;
  private readonly batches: readonly Uint32Array[];
  private readonly targets: BatchTargets;
  private readonly optimizer: Optimizer;
  /** Each rate input with its share of the rate. Found once: a look through a network's layers takes as long as a step of the head. */
  private readonly rateShares: readonly (readonly [input: string, share: number])[];
  private readonly dropout: RandomStream;
  private readonly mixing: RandomStream;

  private constructor(
    private readonly bench: Pick<Workbench, 'labels' | 'sampleWeights' | 'classes'>,
    private readonly trial: PlannedTrial,
    private readonly plan: EpochPlan,
    /** The training images where they enter the tail. */
    private readonly block: FeatureBlock,
    /** Those of the target, for adversarial adaptation. */
    private readonly target: TargetBatches | undefined,
  ) {
    const { identity, configuration } = trial;
    const { epoch, tail } = plan;
    const { batchSize, sampling, blockDecay } = configuration;
    this.options = stepOptions(configuration, tail);
    this.batches = plan.batches ?? epochBatches(identity, epoch, bench.labels, batchSize, sampling);
    this.targets = batchTargets(bench, configuration);
    this.optimizer = optimizerOf(configuration);
    const blocks = new Set(parametersOf(tail, this.options).map(({ below }) => below));
    // The head and the top block have the whole rate, each block below a share.
    this.rateShares = [...blocks].map((below) => {
      return [rateName(below), below < -1 ? DOMAIN_RATE : blockDecay ** Math.max(0, below)] as const;
    });
    this.dropout = RandomStream.of(identity.seed, 'dropout', identity.trial, epoch);
    this.mixing = RandomStream.of(identity.seed, 'mixing', identity.trial, epoch);
  }

  static async open(
    bench: Pick<Workbench, 'features' | 'adapted' | 'labels' | 'sampleWeights' | 'classes'>,
    trial: PlannedTrial,
    plan: EpochPlan,
  ): Promise<EpochSteps> {
    const { configuration, identity } = trial;
    const cut = cutOf(plan.tail);
    const block = await bench.features.open(cut, trainingView(configuration, plan.epoch));
    if (configuration.adversarial === 0) return new EpochSteps(bench, trial, plan, block, undefined);
    const source = bench.adapted?.features ?? bench.features;
    const target = await source.open(cut, trainingView(configuration, plan.epoch, 'targetUnlabelled'));
    return new EpochSteps(bench, trial, plan, block, new TargetBatches(target, identity, plan.epoch));
  }

  /** Images of the next step; undefined at the epoch's end. */
  get size(): number | undefined {
    return this.batches[this.taken]?.length;
  }

  get result(): EpochResult {
    const images = this.bench.labels.length;
    const penalty = this.options.penalties.length === 0 ? {} : { penalty: this.totalPenalty / images };
    const domainLoss = this.target === undefined ? {} : { domainLoss: this.totalDomainLoss / images };
    return {
      steps: this.taken - this.skipped,
      loss: (this.total - this.totalPenalty) / images,
      ...penalty,
      ...domainLoss,
    };
  }

  /**
   * Writes the inputs of the next step. Call it once for each step, since it draws random numbers.
   * @param mayKeep whether inputs may be on the device instead.
   * @returns those that are.
   */
  async fill(feeds: StepFeeds, mayKeep = false): Promise<Readonly<Record<string, RowsFeed>>> {
    const { block, plan, taken, options } = this;
    const { configuration } = this.trial;
    const positions = this.batches[taken] as Uint32Array;
    const size = positions.length;
    const array = (name: string): Float32Array => feeds[name] as Float32Array;
    // Of the batch; images of the target follow.
    const rows = rowsOf(options, size);
    const own = (name: string): Float32Array => array(name).subarray(0, (array(name).length / rows) * size);
    const [features, labels, weights] = [own('features'), own('labels'), own('weights')];
    // What is mixed here, or has others after it, is not as it is kept.
    const isPlain = configuration.mixup === 0 && configuration.cutmix === 0 && this.target === undefined;
    const kept = mayKeep && isPlain ? await block.onDevice?.(positions) : undefined;
    if (kept === undefined) await block.gather(positions, features);
    this.targets.fill(positions, labels, weights);
    mixBatch({ features, shape: block.shape, labels, weights, size }, configuration, this.mixing);
    if (this.target !== undefined) {
      await this.target.gather(size, array('features').subarray(features.length));
      array('labels').fill(0, labels.length);
      array('weights').fill(0, weights.length);
      array(REVERSAL).fill(reversalAt(configuration, plan.epoch, taken / this.batches.length));
    }
    fillDropoutMask(array('mask'), configuration.dropout, this.dropout);
    const rate = plan.rates?.[taken] ?? learningRateAt(configuration, plan.place, taken / this.batches.length);
    // Bias corrections count what the optimizer has seen.
    const step = plan.stepsBefore + taken - this.skipped + 1;
    array('plainRate').fill(rate);
    for (const [input, share] of this.rateShares) array(input).fill(this.optimizer.effectiveRate(rate * share, step));
    for (const name of options.penalties) array(name).fill(configuration[name]);
    if (options.clips) array('clipNorm').fill(configuration.clipNorm);
    return kept === undefined ? {} : { features: kept };
  }

  /** The step was taken. Throws ERR_DIVERGED. */
  took(result: StepResult): void {
    const { loss, penalty = 0, domainLoss = 0 } = result;
    const size = this.size as number;
    this.next(result);
    if (!(loss < EXPLODED * this.targets.guess)) {
      const place = `at step ${this.taken} of epoch ${this.plan.epoch}`;
      throw new HpoError('ERR_DIVERGED', `the training loss became ${loss} ${place}`);
    }
    if (this.size === undefined && this.taken > STEPS_TO_LEAST && this.skipped === this.taken) {
      const message = `no step of epoch ${this.plan.epoch} had finite gradients in float16: bfloat16 or float32 may train it`;
      throw new HpoError('ERR_DIVERGED', message);
    }
    this.total += loss * size;
    this.totalPenalty += penalty * size;
    this.totalDomainLoss += domainLoss * size;
    this.trial.onStep?.(this.taken / this.batches.length, size);
  }

  /** The step was taken, whatever its loss. */
  next({ skipped = 0 }: Pick<StepResult, 'skipped'>): void {
    this.taken++;
    this.skipped += skipped;
  }
}

/** Of the trial in this place, where a program takes the steps of several. */
export function resultOf(
  { loss, penalty, domainLoss, skipped }: Readonly<Record<string, Float32Array>>,
  place = 0,
): StepResult {
  return {
    loss: must(loss?.[place], 'a loss'),
    penalty: penalty?.[place],
    domainLoss: domainLoss?.[place],
    skipped: skipped?.[place],
  };
}

/** An array for each input of a program: zeros, or what `take` gives. */
export function emptyFeeds(
  { graph }: Pick<Program, 'graph'>,
  take: (length: number) => Float32Array = (length) => new Float32Array(length),
): StepFeeds {
  return Object.fromEntries(graph.inputs.map(({ name, value }) => [name, take(sizeOf(value.shape))]));
}
