// The built-in trainer: fine-tunes a pre-trained CNN. One per worker thread, used for one trial after another. An engine whose process dies is opened anew for the next.
import { HpoError } from '../study/errors.js';
import type { Parameters } from '../study/parameters.js';
import { isShortened, phasesOf } from '../study/phases.js';
import type { Train, TrainContext, TrainEnd } from '../study/train.js';
import type { Assignment } from '../study/trial-runner.js';
import type { TrainingConfiguration } from '../study/schema/training-schema.js';
import type { Report } from '../study/trial.js';
import { TrialWork, countedSource } from '../features/feature-counter.js';
import type { FeatureNeeds } from '../features/features.js';
import type { Backbone } from '../backbones/backbone.js';
import type { PixelCache } from '../images/study-images.js';
import { checkClaim } from '../system/claim.js';
import { collectGarbageLessOften } from '../system/heap-growth.js';
import {
  type BackboneChoice,
  type CnnSettings,
  type SingleCnnSettings,
  backbonesOf,
  choiceOf,
} from './cnn-settings.js';
import { inFold } from './fold-workbench.js';
import { TrialBatch } from './finetune/batched-trials.js';
import { CheckpointFiles } from './finetune/checkpoint.js';
import {
  checkDepth,
  clampDepth,
  configurationOf,
  fromScratch,
  trainableBlocks,
  withoutStatistics,
} from './finetune/configuration.js';
import { hasBatchNorm } from './finetune/batch-norm-statistics.js';
import type { AdaptedNetwork } from './finetune/workbench.js';
import { featureNeeds } from './finetune/feature-needs.js';
import { type EpochTrainer, fineTune } from './finetune/trial.js';
import { tellProgress } from './finetune/trial-progress.js';
import {
  type Engines,
  type AdaptedBackbone,
  type OpenWorkbench,
  decodedImages,
  openEngines,
  openWorkbench,
} from './open-workbench.js';

export interface CnnTrain extends Train {
  /** Frees the engines, for callers whose thread continues. No trial may be running. */
  dispose(): Promise<void>;
}

/**
 * Returns a function that trains any number of trials. The engine is opened at once, and so are the weights of a single backbone; weights of
 * several backbones are opened when a trial first needs them.
 */
export async function createTrain(settings: CnnSettings): Promise<CnnTrain> {
  collectGarbageLessOften();
  const engines = await openEngines(settings.engine, settings.device);
  const trainer = new CnnTrainer(settings, engines);
  await trainer.openSingleBackbone();
  return Object.assign((assignment: Assignment, context: TrainContext) => trainer.train(assignment, context), {
    together: (assignments: readonly Assignment[], context: TrainContext) => trainer.trainBatch(assignments, context),
    dispose: () => trainer.dispose(),
  });
}

class CnnTrainer {
  private readonly choices: readonly BackboneChoice[];
  private readonly opened = new Map<string, Promise<OpenWorkbench>>();
  /** By backbone and fold. */
  private readonly folds = new Map<string, OpenWorkbench>();
  /** One cache for all: a baseline sees the images of the trials before it. */
  private readonly decoded: PixelCache;
  /** How many slots' share of the processor the current trial may use. */
  private share: TrainContext['share'] = () => 1;

  /** The process of an engine has died: what was opened in it is of no more use. */
  private isBroken = false;
  private reopening: Promise<void> | undefined;

  constructor(
    private readonly settings: CnnSettings,
    private engines: Engines,
  ) {
    this.choices = backbonesOf(settings);
    this.decoded = decodedImages(settings);
  }

  async dispose(): Promise<void> {
    const opened = [...this.opened.values()];
    this.opened.clear();
    this.folds.clear();
    for (const opening of opened) await (await opening.catch(() => undefined))?.close();
    await this.engines.dispose();
  }

  /** Opens engines anew after a crash; trials of a batch share it. */
  private reopen(): Promise<void> {
    this.reopening ??= (async () => {
      await this.dispose();
      this.engines = await openEngines(this.settings.engine, this.settings.device);
      this.isBroken = false;
    })().finally(() => (this.reopening = undefined));
    return this.reopening;
  }

  async openSingleBackbone(): Promise<void> {
    if (this.choices.length === 1) await this.open(this.choices[0] as BackboneChoice);
  }

  /** @param trainer takes the steps of an epoch; default: alone. */
  async *train(
    assignment: Assignment,
    context: TrainContext,
    trainer?: EpochTrainer,
  ): AsyncGenerator<Report, TrainEnd | undefined, void> {
    if (this.isBroken) await this.reopen();
    try {
      return yield* this.trainHere(assignment, context, trainer);
    } catch (error) {
      this.isBroken ||= error instanceof HpoError && error.code === 'ERR_ENGINE_CRASHED';
      throw error;
    }
  }

  private async *trainHere(
    assignment: Assignment,
    context: TrainContext,
    trainer?: EpochTrainer,
  ): AsyncGenerator<Report, TrainEnd | undefined, void> {
    this.share = () => context.share();
    const { seed, trial, parameters } = assignment;
    const isBaseline = assignment.source === 'baseline';
    const { bench, identity, features, counter, adapt } = await this.openFor(assignment);
    const blocks = bench.backbone.blocks.length;
    const configuration = this.configurationOf(parameters, bench.backbone, isBaseline);
    const work = new TrialWork(counter);
    const needs = featureNeeds(configuration, blocks, bench.evaluatesTarget);
    const networks = needs.adapted === undefined ? undefined : await adapt();
    const source = countedSource((networks?.source.features ?? features).of(needs.own), work);
    const adapted = networks && needs.adapted && adaptedNetwork(networks, needs.adapted, work);
    // Earlier versions trained such a configuration in other phases.
    const shortened = isShortened(configuration) ? { phases: phasesOf(configuration) } : {};
    const trained = JSON.stringify({ ...identity, seed, trial, configuration: asBefore(configuration), ...shortened });
    const { claim } = assignment;
    const files = new CheckpointFiles(assignment.directory, trained, () => claim && checkClaim(claim));
    const progress = tellProgress(work, context, bench.labels.length);
    const onStep = (share: number, images: number): void => {
      progress.onStep(share, images);
      context.signal.throwIfAborted(); // the trial is given up
    };
    const warn = (message: string): void => (context.warn === undefined ? context.log(message) : context.warn(message));
    const plan = { identity: { seed, trial }, configuration, files, warn, onStep };
    try {
      return yield* fineTune({ ...bench, features: source, work, ...(adapted && { adapted }) }, plan, trainer);
    } finally {
      progress.stop();
    }
  }

  /** A generator for each trial. Epochs of trials with equal heads are trained in one program. */
  trainBatch(
    assignments: readonly Assignment[],
    context: TrainContext,
  ): AsyncGenerator<Report, TrainEnd | undefined, void>[] {
    const batch = new TrialBatch();
    const trainer: EpochTrainer = (...epoch) => batch.trainEpoch(...epoch);
    return assignments.map((assignment) => inBatch(batch, this.train(assignment, context, trainer)));
  }

  private configurationOf(parameters: Parameters, backbone: Backbone, isBaseline: boolean): TrainingConfiguration {
    const blocks = trainableBlocks(backbone);
    const wanted = configurationOf(this.settings.training, parameters);
    const clamped = this.choices.length > 1 ? clampDepth(wanted, blocks) : wanted;
    const fitting = hasBatchNorm(backbone) ? clamped : withoutStatistics(clamped);
    const configuration = isBaseline ? fromScratch(fitting, blocks, this.settings.baselineEpochs) : fitting;
    checkDepth(configuration, backbone);
    return configuration;
  }

  /** For the fold that is to be trained, where the study has folds; else, and for a final model of such a study, for all images. */
  private async openFor({ parameters, source, fold }: Assignment): Promise<OpenWorkbench> {
    const choice = choiceOf(this.choices, nameIn(parameters));
    const isBaseline = source === 'baseline';
    const opened = this.open(choice, isBaseline);
    if (fold === undefined) return opened;
    const key = `${choice.name} ${isBaseline} ${fold.index}`;
    const known = this.folds.get(key) ?? inFold(await opened, this.settings, fold);
    this.folds.set(key, known);
    return known;
  }

  private open(backbone: BackboneChoice, isBaseline = false): Promise<OpenWorkbench> {
    const key = `${backbone.name}${isBaseline ? ' from scratch' : ''}`;
    const known = this.opened.get(key);
    if (known !== undefined) return known;
    const settings = { ...this.settings, backbone, memory: this.settings.memory / this.choices.length };
    const opening = openWorkbench(isBaseline ? withRandomWeights(settings) : settings, this.engines, {
      warn: console.warn,
      decoded: this.decoded,
      share: () => this.share(),
    });
    this.opened.set(key, opening);
    opening.catch(() => this.opened.delete(key));
    return opening;
  }
}

/** The trial, active in the batch whenever it is asked for a report. */
function inBatch(
  batch: TrialBatch,
  trial: AsyncGenerator<Report, TrainEnd | undefined, void>,
): AsyncGenerator<Report, TrainEnd | undefined, void> {
  const next = (): Promise<IteratorResult<Report, TrainEnd | undefined>> => batch.nextReport(() => trial.next());
  return Object.assign(Object.create(trial) as AsyncGenerator<Report, TrainEnd | undefined, void>, {
    next,
    return: () => trial.return(undefined),
    throw: (error: unknown) => trial.throw(error),
  });
}

function adaptedNetwork(
  { target: { features, statistics } }: AdaptedBackbone,
  needs: FeatureNeeds,
  work: TrialWork,
): AdaptedNetwork {
  return { features: countedSource(features.of(needs), work), statistics };
}

/** Without fields that earlier versions did not have, where they change nothing: their checkpoints are gone on from. */
function asBefore({ adversarial, batchNormStatistics, precision, ...fields }: TrainingConfiguration): object {
  return {
    ...fields,
    ...(precision === 'float32' ? {} : { precision }),
    ...(adversarial === 0 ? {} : { adversarial }),
    ...(batchNormStatistics === 'source' ? {} : { batchNormStatistics }),
  };
}

/** Nothing is frozen, so no features are cached. Decoded images are. */
function withRandomWeights(settings: SingleCnnSettings): SingleCnnSettings {
  return { ...settings, backbone: { ...settings.backbone, weights: 'random' }, maxDepth: Infinity, reuse: false };
}

function nameIn({ backbone }: Parameters): string | undefined {
  return backbone === undefined ? undefined : String(backbone);
}
