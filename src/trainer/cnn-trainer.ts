// The built-in trainer: fine-tunes a pre-trained CNN. One per worker thread, used for one trial after another.
import { HpoError } from '../study/errors.js';
import type { Parameters } from '../study/parameters.js';
import type { Train, TrainContext } from '../study/train.js';
import type { Assignment } from '../study/trial-runner.js';
import type { TrainingConfiguration } from '../study/schema/training-schema.js';
import type { Report } from '../study/trial.js';
import { type BackboneChoice, type CnnSettings, type SingleCnnSettings, backbonesOf } from './cnn-settings.js';
import { collectSeldom } from './collect-seldom.js';
import type { FeatureSource } from '../features/feature-block.js';
import { CheckpointFiles } from './finetune/checkpoint.js';
import { checkDepth, clampDepth, configurationOf, fromScratch } from './finetune/configuration.js';
import { featureNeeds } from './finetune/feature-needs.js';
import { LaneGroup } from './finetune/lane-group.js';
import { type EpochTrainer, fineTune } from './finetune/trial.js';
import { tellProgress } from './finetune/trial-progress.js';
import { type OpenWorkbench, decodedImages, openEngines, openWorkbench } from './open-workbench.js';

export interface CnnTrain extends Train {
  /** Frees the engines, for callers whose thread goes on. No trial may be under way. */
  dispose(): Promise<void>;
}

/**
 * What it returns trains any number of trials, one at a time. The engine is opened at once; so are the weights of a single backbone, and
 * those of several when a trial first needs them.
 */
export async function createTrain(settings: CnnSettings): Promise<CnnTrain> {
  collectSeldom();
  const choices = backbonesOf(settings);
  const engines = await openEngines(settings.engine);
  const opened = new Map<string, Promise<OpenWorkbench>>();
  // One for all: a baseline sees the images of the trials before it.
  const decoded = decodedImages(settings);
  /** Of the trial that is trained right now. */
  let share: TrainContext['share'] = () => 1;
  const open = (backbone: BackboneChoice, scratch = false): Promise<OpenWorkbench> => {
    const key = `${backbone.name}${scratch ? ' from scratch' : ''}`;
    const known = opened.get(key);
    if (known !== undefined) return known;
    const own = { ...settings, backbone, memory: settings.memory / choices.length };
    const opening = openWorkbench(scratch ? withRandomWeights(own) : own, engines, {
      warn: console.warn,
      decoded,
      share: () => share(),
    });
    opened.set(key, opening);
    opening.catch(() => opened.delete(key));
    return opening;
  };
  if (choices.length === 1) await open(choices[0] as BackboneChoice);
  const begin = async ({ parameters, source }: Assignment): Promise<BegunTrial> => {
    const scratch = source === 'baseline';
    const opened = await open(chosen(choices, parameters), scratch);
    const { backbone } = opened.bench;
    const wanted = configurationOf(settings.training, parameters);
    const blocks = backbone.blocks.length;
    const fitting = choices.length > 1 ? clampDepth(wanted, blocks) : wanted;
    const configuration = scratch ? fromScratch(fitting, blocks, settings.baselineEpochs) : fitting;
    checkDepth(configuration, backbone.name, blocks);
    return { ...opened, configuration, source: opened.features.of(featureNeeds(configuration, blocks)) };
  };
  async function* train(
    assignment: Assignment,
    context: TrainContext,
    trainer?: EpochTrainer,
  ): AsyncGenerator<Report, void> {
    const { seed, trial } = assignment;
    share = () => context.share();
    const { bench, identity, configuration, source } = await begin(assignment);
    const trained = JSON.stringify({ ...identity, seed, trial, configuration });
    const progress = tellProgress(bench.work, context);
    const files = new CheckpointFiles(assignment.directory, trained);
    const onStep = (share: number, images: number): void => {
      progress.onStep(share, images);
      context.signal.throwIfAborted(); // the trial is given up
    };
    const plan = { identity: { seed, trial }, configuration, files, onStep };
    try {
      yield* fineTune({ ...bench, features: source }, plan, trainer);
    } finally {
      progress.stop();
    }
  }
  const together: NonNullable<Train['together']> = (assignments, context) => {
    const group = new LaneGroup();
    const trainer: EpochTrainer = (...epoch) => group.trainEpoch(...epoch);
    return assignments.map((assignment) => announcing(group, train(assignment, context, trainer)));
  };
  return Object.assign((assignment: Assignment, context: TrainContext) => train(assignment, context), {
    together,
    dispose: () => engines.dispose(),
  });
}

/** The trial, known to the group whenever it is asked for a report. */
function announcing(group: LaneGroup, trial: AsyncGenerator<Report, void>): AsyncGenerator<Report, void> {
  const next = (): Promise<IteratorResult<Report, void>> => group.during(() => trial.next());
  return Object.assign(Object.create(trial) as AsyncGenerator<Report, void>, {
    next,
    return: () => trial.return(),
    throw: (error: unknown) => trial.throw(error),
  });
}

/** Nothing is frozen, so no features are kept; decoded images are. */
function withRandomWeights(settings: SingleCnnSettings): SingleCnnSettings {
  return { ...settings, backbone: { ...settings.backbone, weights: 'random' }, maxDepth: Infinity, reuse: false };
}

function chosen(choices: readonly BackboneChoice[], { backbone: name }: Parameters): BackboneChoice {
  if (name === undefined && choices.length === 1) return choices[0] as BackboneChoice;
  const found = choices.find((choice) => choice.name === String(name).toLowerCase());
  if (found !== undefined) return found;
  const names = choices.map((choice) => choice.name).join(', ');
  throw new HpoError('ERR_BACKBONE', `expected one of ${names}, got ${String(name)} as the parameter backbone`);
}

interface BegunTrial extends OpenWorkbench {
  readonly configuration: TrainingConfiguration;
  readonly source: FeatureSource;
}
