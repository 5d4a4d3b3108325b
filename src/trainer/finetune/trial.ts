// One trial of fine-tuning, epoch by epoch: the head alone, then the head and the top blocks.
import { RandomStream } from '../../math/random.js';
import { HpoError } from '../../study/errors.js';
import { type Objective, isBetter, valueOf } from '../../study/objective.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { Report } from '../../study/trial.js';
import type { Backbone } from '../backbones/backbone.js';
import type { DeviceState, Engine } from '../engines/engine.js';
import type { FeatureSource } from '../features/feature-block.js';
import { type HostTensor, sizeOf } from '../graph/host-tensor.js';
import { type TrialIdentity, epochBatches, fillDropoutMask, oneHot, orderedBatches } from './batches.js';
import type { BestWeights, CheckpointFiles } from './checkpoint.js';
import { HEAD_BIAS, HEAD_KERNEL, initialHead } from './head.js';
import { OPTIMIZERS, slotName } from './optimizers.js';
import { type Phase, phasesOf } from './phases.js';
import { rateFactor } from './schedules.js';
import { type Tail, featureShape, tailSpecs, trainedNames } from './tail-graphs.js';
import type { TailPrograms } from './tail-programs.js';

/** Images of one evaluation run; does not influence results. */
const EVALUATION_BATCH = 32;

/** Between checkpoints, in milliseconds: an interrupted trial repeats at most so much, with the same numbers. */
const CHECKPOINT_INTERVAL = 1000;

/** Judges probabilities [images, classes] (row-major) of the validation images. */
export type Judge = (
  probabilities: Float32Array,
) => Pick<Report, 'detail'> & { readonly metrics: Record<string, number> };

/** What a worker has ready for every trial. */
export interface Workbench {
  readonly engine: Engine;
  readonly backbone: Backbone;
  readonly inputSize: number;
  /** Pre-trained (or, for a baseline, random) weights of the whole backbone. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly features: FeatureSource;
  readonly programs: TailPrograms;
  /** Of the training images, by position. */
  readonly labels: Uint32Array;
  readonly classes: number;
  readonly objective: Objective;
  readonly judge: Judge;
  /** Milliseconds; for durations and for the pace of checkpoints. */
  readonly now: () => number;
}

export interface TrialPlan {
  readonly identity: TrialIdentity;
  readonly configuration: TrainingConfiguration;
  readonly files: CheckpointFiles;
}

/**
 * Trains, yielding after each epoch; continues from the plan's checkpoint where there is one, repeating its reports first.
 * When it ends, in whatever way, the best epoch's weights are on disk and all that it held is freed.
 */
export async function* fineTune(bench: Workbench, plan: TrialPlan): AsyncGenerator<Report, void, void> {
  const run = new TrialRun(bench, plan);
  try {
    await run.restore();
    yield* run.reports;
    while (run.reports.length < plan.configuration.epochs) {
      yield await run.epoch();
    }
  } finally {
    await run.close();
  }
}

class TrialRun {
  readonly reports: Report[] = [];
  private best: BestWeights | undefined;
  private state: DeviceState | undefined;
  /** Steps taken in the current phase. */
  private steps = 0;
  private savedEpochs = 0;
  private savedAt: number;
  private readonly phases: readonly Phase[];

  constructor(
    private readonly bench: Workbench,
    private readonly plan: TrialPlan,
  ) {
    this.phases = phasesOf(plan.configuration);
    this.savedAt = bench.now();
  }

  async restore(): Promise<void> {
    const checkpoint = await this.plan.files.read();
    if (checkpoint === undefined) return;
    this.reports.push(...checkpoint.reports);
    this.savedEpochs = this.reports.length;
    this.steps = checkpoint.steps;
    this.state = this.bench.engine.createState(checkpoint.state);
    this.best = await this.plan.files.readBest();
    // The file may be newer than the checkpoint; the epochs to come then make the same one again.
    if (this.best !== undefined && this.best.epoch > this.reports.length) this.best = undefined;
  }

  async epoch(): Promise<Report> {
    const started = this.bench.now();
    const epoch = this.reports.length + 1;
    const phase = this.phases.find(({ start, epochs }) => epoch >= start && epoch < start + epochs) as Phase;
    if (epoch === phase.start) await this.enter(phase);
    const loss = await this.train(phase, epoch);
    const { metrics, detail } = await this.evaluate(phase);
    const seconds = (this.bench.now() - started) / 1000;
    const report = {
      epoch,
      metrics: { ...metrics, trainLoss: loss },
      ...(detail === undefined ? {} : { detail }),
      seconds,
    };
    this.reports.push(report);
    await this.keepIfBest(phase, report);
    if (this.bench.now() - this.savedAt >= CHECKPOINT_INTERVAL) await this.save();
    return report;
  }

  /** A new phase starts with fresh optimizer slots; the head goes on from where it is. */
  private async enter(phase: Phase): Promise<void> {
    const { engine, weights } = this.bench;
    const tail = this.tail(phase);
    const head = (await this.state?.read([HEAD_KERNEL, HEAD_BIAS])) ?? this.initialHead();
    const entries = new Map(head);
    for (const { name } of tailSpecs(tail)) entries.set(name, weights.get(name) as HostTensor);
    for (const name of trainedNames(tail)) {
      const { shape, role, data } = entries.get(name) as HostTensor;
      for (const slot of OPTIMIZERS[this.plan.configuration.optimizer].slots) {
        entries.set(slotName(slot, name), { shape, role, data: new Float32Array(data.length) });
      }
    }
    this.state?.dispose();
    this.state = engine.createState(entries);
    this.steps = 0;
  }

  private initialHead(): Map<string, HostTensor> {
    const { seed, trial } = this.plan.identity;
    const [channels] = featureShape({ ...this.bench, depth: 0 });
    return initialHead(channels as number, this.bench.classes, RandomStream.of(seed, 'head', trial));
  }

  private tail(phase: Phase): Tail {
    return { ...this.bench, depth: phase.depth };
  }

  /** @returns the mean loss of the epoch's images. */
  private async train(phase: Phase, epoch: number): Promise<number> {
    const { configuration, identity } = this.plan;
    const { bench } = this;
    const tail = this.tail(phase);
    const strategy = configuration.augmentation;
    const view = strategy === 'none' ? 0 : (epoch - 1) % configuration.views;
    const block = await bench.features.open(cutOf(tail), { split: 'train', strategy, view });
    const batches = epochBatches(identity, epoch, block.images, configuration.batchSize);
    const dropout = RandomStream.of(identity.seed, 'dropout', identity.trial, epoch);
    const optimizer = OPTIMIZERS[configuration.optimizer];
    const l2 = Float32Array.of(configuration.l2);
    const [channels] = featureShape({ ...tail, depth: 0 });
    let total = 0;
    for (const positions of batches) {
      const program = await bench.programs.training(tail, positions.length, configuration.optimizer);
      const features = new Float32Array(positions.length * sizeOf(block.shape));
      await block.gather(positions, features);
      const mask = new Float32Array(positions.length * (channels as number));
      fillDropoutMask(mask, configuration.dropout, dropout);
      const peak = phase.rate * rateFactor(phase.schedule, this.steps, phase.epochs * batches.length);
      this.steps++;
      const outputs = await program.run(this.state as DeviceState, {
        features,
        labels: oneHot(bench.labels, positions, bench.classes),
        weights: new Float32Array(positions.length).fill(1),
        mask,
        rate: Float32Array.of(optimizer.effectiveRate(peak, this.steps)),
        l2,
      });
      const loss = outputs['loss']?.[0] as number;
      if (!Number.isFinite(loss)) {
        throw new HpoError('ERR_DIVERGED', `the training loss became ${loss} at step ${this.steps} of epoch ${epoch}`);
      }
      total += loss * positions.length;
    }
    return total / block.images;
  }

  private async evaluate(phase: Phase): ReturnType<typeof this.judged> {
    const { bench } = this;
    const tail = this.tail(phase);
    const block = await bench.features.open(cutOf(tail), { split: 'validation', strategy: 'none', view: 0 });
    const probabilities = new Float32Array(block.images * bench.classes);
    for (const positions of orderedBatches(block.images, EVALUATION_BATCH)) {
      const program = await bench.programs.evaluation(tail, positions.length);
      const features = new Float32Array(positions.length * sizeOf(block.shape));
      await block.gather(positions, features);
      const outputs = await program.run(this.state as DeviceState, { features });
      probabilities.set(outputs['probabilities'] as Float32Array, (positions[0] as number) * bench.classes);
    }
    return this.judged(probabilities);
  }

  private async judged(probabilities: Float32Array): Promise<ReturnType<Judge>> {
    if (probabilities.some((probability) => !Number.isFinite(probability))) {
      throw new HpoError('ERR_DIVERGED', `the network's outputs became NaN in epoch ${this.reports.length + 1}`);
    }
    return this.bench.judge(probabilities);
  }

  private async keepIfBest(phase: Phase, report: Report): Promise<void> {
    const value = valueOf(this.bench.objective, report);
    if (value === undefined) return;
    if (this.best !== undefined && !isBetter(this.bench.objective, value, this.best.value)) return;
    const tail = this.tail(phase);
    const names = [...tailSpecs(tail).map((spec) => spec.name), HEAD_KERNEL, HEAD_BIAS];
    this.best = { epoch: report.epoch, value, weights: await (this.state as DeviceState).read(names) };
  }

  private async save(): Promise<void> {
    if (this.best !== undefined) await this.plan.files.writeBest(this.best);
    const state = await (this.state as DeviceState).read();
    await this.plan.files.write({ reports: this.reports, steps: this.steps, state });
    this.savedEpochs = this.reports.length;
    this.savedAt = this.bench.now();
  }

  async close(): Promise<void> {
    try {
      if (this.savedEpochs < this.reports.length) await this.save();
    } finally {
      this.state?.dispose();
    }
  }
}

function cutOf({ backbone, depth }: Tail): number | 'pooled' {
  return depth === 0 ? 'pooled' : backbone.blocks.length - depth;
}
