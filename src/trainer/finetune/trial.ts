// One trial of fine-tuning, epoch by epoch: from its checkpoint, if it has one, to its last epoch.
import { HpoError } from '../../study/errors.js';
import { isBetter, valueOf } from '../../study/objective.js';
import { type Phase, fullDepthFrom, phaseAt, phasesOf, scheduledPart } from '../../study/phases.js';
import type { TrainEnd } from '../../study/train.js';
import type { Report } from '../../study/trial.js';
import { formatMetric } from '../../system/format.js';
import type { DeviceState } from '../../engines/engine.js';
import { writeModelEvaluation } from '../evaluation.js';
import type { BestWeights, SavedTrial } from './checkpoint.js';
import type { AnySplit } from '../../images/indexing/image-index.js';
import { predict } from './predict.js';
import { type EvaluatedModel, modelOf } from './evaluated-model.js';
import type { Tail } from './tail.js';
import { enterPhase } from './phase-state.js';
import type { SchedulePlace } from './schedules.js';
import { trainEpoch } from './train-epoch.js';
import type { TrialPlan, Workbench } from './workbench.js';

/** Milliseconds between checkpoints. An interrupted trial repeats so much, with the same numbers, and the epoch that it was in. */
const [LEAST_INTERVAL, MOST_INTERVAL] = [1000, 300_000] as const;
/** The share of a trial's time that checkpoints may take. */
const CHECKPOINT_SHARE = 0.02;

/** Milliseconds until the next checkpoint, after one that took `cost`. */
export function checkpointInterval(cost: number): number {
  return Math.min(MOST_INTERVAL, Math.max(LEAST_INTERVAL, cost / CHECKPOINT_SHARE));
}

/** Takes the steps of an epoch: of the trial alone, or of a batch of trials (TrialBatch). */
export type EpochTrainer = typeof trainEpoch;

/**
 * Trains, and yields a report after each epoch. Continues from the plan's checkpoint where there is one, and repeats its reports first.
 * However it ends, the best epoch's weights are on disk and everything is freed. Returns why it ended before its last epoch, if it did.
 */
export async function* fineTune(
  bench: Workbench,
  plan: TrialPlan,
  train: EpochTrainer = trainEpoch,
): AsyncGenerator<Report, TrainEnd | undefined, void> {
  const run = new TrialRun(bench, plan, train);
  try {
    await run.restore();
    yield* run.reports;
    while (!run.isOver) yield await run.epoch();
    return run.end;
  } finally {
    await run.close();
  }
}

/** Of the validation images, and of the target's labelled ones, if there are any. */
type Probabilities = [validation: Float32Array, target?: Float32Array];

/** An epoch whose steps are taken. */
interface TrainedEpoch {
  readonly epoch: number;
  /** When it began. */
  readonly started: number;
  readonly tail: Tail;
  readonly model: EvaluatedModel;
  /** Of the training steps. */
  readonly metrics: Report['metrics'];
}

class TrialRun {
  readonly reports: Report[] = [];
  private best: BestWeights | undefined;
  /** Whether the best epoch's weights are still to be written. */
  private isBestUnsaved = false;
  /** Its probabilities, where images are held out. */
  private bestProbabilities: Probabilities | undefined;
  private state: DeviceState | undefined;
  /** Whether an epoch was begun and not ended, so that the state belongs to no report. */
  private isTorn = false;
  /** Optimizer steps taken in the current phase. */
  private steps = 0;
  private savedEpochs = 0;
  private savedAt: number;
  /** Milliseconds until the next checkpoint. */
  private interval = checkpointInterval(0);
  private readonly phases: readonly Phase[];

  constructor(
    private readonly bench: Workbench,
    private readonly plan: TrialPlan,
    private readonly train: EpochTrainer,
  ) {
    this.phases = phasesOf(plan.configuration);
    this.savedAt = bench.now();
  }

  get isOver(): boolean {
    return this.reports.length >= this.plan.configuration.epochs || this.isStoppedEarly;
  }

  /** Patience begins when all blocks are trained: the score of the head alone says nothing about them. */
  private get isStoppedEarly(): boolean {
    const { earlyStopping } = this.plan.configuration;
    if (earlyStopping === 0 || this.best === undefined) return false;
    const since = Math.max(this.best.epoch, fullDepthFrom(this.phases) - 1);
    return this.reports.length - since >= earlyStopping;
  }

  get end(): TrainEnd {
    if (this.reports.length >= this.plan.configuration.epochs || this.best === undefined) return {};
    const { epoch, value } = this.best;
    const { metric } = this.bench.objective;
    const waited = this.plan.configuration.earlyStopping;
    return {
      reason: `early stopping: ${metric} ${formatMetric(value)} of epoch ${epoch} not improved in ${waited} epochs up to epoch ${this.reports.length}`,
    };
  }

  async restore(): Promise<void> {
    const saved = await this.saved();
    if (saved === undefined) return;
    const { checkpoint, best } = saved;
    this.reports.push(...checkpoint.reports);
    this.savedEpochs = this.reports.length;
    this.steps = checkpoint.steps;
    this.state = this.bench.engine.createState(checkpoint.state);
    this.best = best;
  }

  /** What the trial resumes from. It starts over where that cannot be trusted, with the same numbers. */
  private async saved(): Promise<SavedTrial | undefined> {
    const { files, identity, warn } = this.plan;
    try {
      return await files.read(this.bench.evaluate === undefined ? undefined : this.bench.objective);
    } catch (error) {
      if (!(error instanceof HpoError) || error.code !== 'ERR_CHECKPOINT') throw error;
      warn?.(`trial ${identity.trial} starts over, since its checkpoint cannot be used: ${error.message}`);
      return undefined;
    }
  }

  async epoch(): Promise<Report> {
    const { bench, plan } = this;
    const started = bench.now();
    const epoch = this.reports.length + 1;
    const phase = phaseAt(this.phases, epoch);
    this.isTorn = true;
    const tail: Tail = { ...bench, depth: phase.depth };
    if (epoch === phase.start) {
      this.state = await enterPhase(bench, plan, tail, this.state);
      this.steps = 0;
    }
    const state = this.state as DeviceState;
    const place = phase.scheduled ? this.placeOf(epoch) : undefined;
    const epochPlan = { epoch, tail, stepsBefore: this.steps, place };
    const { steps, loss, penalty, domainLoss } = await this.train(bench, plan, state, epochPlan);
    this.steps += steps;
    const model = await modelOf(bench, plan.configuration, tail, state);
    try {
      return await this.report({
        epoch,
        started,
        tail,
        model,
        metrics: { trainLoss: loss, ...given({ penalty, domainLoss }) },
      });
    } finally {
      model.dispose();
    }
  }

  /** Evaluates the model of an epoch, and remembers it if it is the best. */
  private async report({ epoch, started, tail, model, metrics: losses }: TrainedEpoch): Promise<Report> {
    const { bench } = this;
    const read = { ...bench, features: bench.adapted?.features ?? bench.features };
    const predicted = (split: AnySplit): Promise<Float32Array> =>
      predict(read, tail, model.state, split, this.plan.configuration.precision);
    const { evaluate } = bench;
    const probabilities: Probabilities | undefined = evaluate && [await predicted('validation')];
    if (bench.evaluatesTarget === true) probabilities?.push(await predicted('targetValidation'));
    const { metrics = {}, detail } =
      evaluate === undefined || probabilities === undefined ? {} : evaluate(...probabilities);
    const report: Report = {
      epoch,
      metrics: { ...metrics, ...losses },
      ...(detail === undefined ? {} : { detail }),
      seconds: (bench.now() - started) / 1000,
      work: { ...bench.work.take() },
    };
    this.reports.push(report);
    this.isTorn = false;
    await this.rememberIfBest(model, report, probabilities);
    if (bench.now() - this.savedAt >= this.interval) await this.save();
    return report;
  }

  private placeOf(epoch: number): SchedulePlace {
    const { start, epochs } = scheduledPart(this.phases);
    const { objective } = this.bench;
    const sign = objective.direction === 'maximize' ? 1 : -1;
    // Without validation images a plateau is one of the training loss.
    const scoreOf = (report: Report): number =>
      this.bench.evaluate === undefined
        ? -(report.metrics['trainLoss'] ?? NaN)
        : sign * (valueOf(objective, report) ?? NaN);
    const scores = this.reports.slice(start - 1).map(scoreOf);
    const phaseStarts = this.phases.filter(({ scheduled }) => scheduled).map((phase) => phase.start - start);
    return { position: epoch - start, length: epochs, scores, phaseStarts };
  }

  private async rememberIfBest(
    model: EvaluatedModel,
    report: Report,
    probabilities: Probabilities | undefined,
  ): Promise<void> {
    const { evaluate, objective } = this.bench;
    const value = evaluate === undefined ? report.epoch : valueOf(objective, report);
    if (value === undefined) return;
    if (evaluate !== undefined && this.best !== undefined && !isBetter(objective, value, this.best.value)) return;
    this.isBestUnsaved = true;
    this.bestProbabilities = probabilities;
    this.best = { epoch: report.epoch, value, weights: await model.weights() };
  }

  private async save(): Promise<void> {
    const began = this.bench.now();
    await this.saveBest();
    const state = await (this.state as DeviceState).read();
    await this.plan.files.write({ reports: this.reports, steps: this.steps, state });
    this.savedEpochs = this.reports.length;
    this.savedAt = this.bench.now();
    this.interval = checkpointInterval(this.savedAt - began);
  }

  private async saveBest(): Promise<void> {
    const { best, bestProbabilities, plan, bench } = this;
    if (best === undefined || !this.isBestUnsaved) return;
    await plan.files.writeBest({ ...best, ...(bestProbabilities && this.predicted(bestProbabilities[0])) });
    const evaluation = bestProbabilities && bench.evaluateModel?.(...bestProbabilities);
    const { trial } = plan.identity;
    if (evaluation !== undefined) {
      await writeModelEvaluation(plan.files.directory, { trial, epoch: best.epoch }, evaluation, plan.files.check);
    }
    this.isBestUnsaved = false;
    this.bestProbabilities = undefined;
  }

  private predicted(probabilities: Float32Array): Pick<BestWeights, 'probabilities'> {
    const { classes } = this.bench;
    const shape = [probabilities.length / classes, classes];
    return { probabilities: { shape, role: 'plain', data: Float32Array.from(probabilities) } };
  }

  async close(): Promise<void> {
    try {
      // A failed epoch leaves the earlier checkpoint in place. The best epoch before it is saved all the same.
      if (this.isTorn) await this.saveBest();
      else if (this.savedEpochs < this.reports.length) await this.save();
    } finally {
      this.state?.dispose();
    }
  }
}

/** The numbers that there are. */
function given(numbers: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).flatMap(([name, one]) => (one === undefined ? [] : [[name, one]])));
}
