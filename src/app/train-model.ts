// Trains one model from its configuration, exports it, and evaluates it on the test images.
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Report } from '../study/trial.js';
import { taskOf } from '../study/task.js';
import { type ImageIndex, classOf, entriesOf } from '../images/indexing/image-index.js';
import { isTargetMetric, metricOfSplit, targetMetric } from '../metrics/metric-names.js';
import { type SliceScore, type Slicing, sliceScores } from '../metrics/slice-scores.js';
import type { ColumnSlices } from '../images/tables/read-slices.js';
import { slicingsOf, studySlices } from './setup/image-slices.js';
import { versions } from '../system/versions.js';
import type { CnnSettings } from '../trainer/cnn-settings.js';
import { type ModelEvaluation, readModelEvaluation } from '../trainer/evaluation.js';
import { type TrainedModel, trainedModel } from '../trainer/model/trained-model.js';
import type { Messages } from './messages.js';
import { type CardResult, finalModelSentence } from './model/model-card.js';
import { writtenFormats } from './model/export-formats.js';
import { type SplitResult, evaluateSplit } from './model/evaluate-split.js';
import { heldResults } from './model/held-results.js';
import { openClassifier } from './model/open-classifier.js';
import { type ModelFilesOptions, writeModelFiles } from './model/write-model-files.js';
import { checkOut, moveIntoPlace, stagingOf } from './model/staged-folder.js';
import { type TestExpectation, expectationOf } from './model/test-expectation.js';
import { trainEpochs } from './model/train-epochs.js';
import {
  type TrainerConfiguration,
  moveConfiguration,
  readTrainerConfiguration,
} from './model/trainer-configuration.js';
import { statisticsRemarks } from './setup/backbone-remarks.js';
import { checkBackbone, checkDepths } from './setup/check-backbone.js';
import { fetchHubModels } from './weights/missing-weights.js';
import { type PreparedTrainer, prepareTrainer } from './setup/prepare-trainer.js';

export interface TrainModelOptions extends ModelFilesOptions, Messages {
  /** The folder of the model. Default: `trained` beside the configuration. */
  readonly out?: string | undefined;
  /** Downloads no weights. Default: what HPO_OFFLINE says. */
  readonly offline?: boolean | undefined;
  /** Replaces an earlier model. */
  readonly force?: boolean | undefined;
  /** Told before the first epoch. */
  readonly onStart?: (training: Training) => void;
  readonly onReport?: (report: Report, isBest: boolean) => void;
  /** Once aborted, training stops after its epoch. The epochs so far are kept; the same call continues. */
  readonly signal?: AbortSignal;
}

/** What is trained, once everything that it needs is there. */
export interface Training {
  readonly configuration: TrainerConfiguration;
  readonly settings: CnnSettings;
}

export interface TrainResult {
  /** The report of the best epoch, whose weights are exported. */
  readonly best: Report;
  /** Missing where there are no test images. */
  readonly test: SplitResult | undefined;
  /** On the test images of the target (`data.target.test`); missing where there are none. */
  readonly targetTest: SplitResult | undefined;
  /** The test figure beside the one on the validation images; missing where either has no interval. */
  readonly expectation: TestExpectation | undefined;
  readonly folder: string;
}

/**
 * Trains a configuration. The same one, identity included, makes the same model.
 * @param file a config.json as `exportStudy` writes it.
 * @returns undefined where the signal came first.
 * @throws HpoError ERR_STUDY_NOT_FOUND, ERR_STUDY_INVALID, ERR_USAGE where `out` is taken, ERR_DIVERGED where no epoch has a finite value,
 * and whatever is wrong with images (ERR_DATA), weights (ERR_BACKBONE, ERR_WEIGHTS) or engine (ERR_ENGINE).
 */
export async function trainModel(file: string, options: TrainModelOptions = {}): Promise<TrainResult | undefined> {
  const directory = dirname(resolve(file));
  const out = resolve(options.out ?? join(directory, 'trained'));
  checkOut(out, options.force === true);
  const configuration = await readTrainerConfiguration(file);
  const { backbone, training, identity } = configuration;
  await fetchHubModels({ backbone, space: {} }, options);
  const checked = checkBackbone(backbone, directory);
  writtenFormats(options.formats, checked.backbone, options.dtype);
  checkDepths({ training, space: {} }, checked.backbone);
  const maxDepth = Math.max(identity.maxDepth ?? 0, training.unfreezeDepth);
  const { seed } = identity;
  const input = {
    ...configuration,
    directory,
    backbones: [checked],
    seed,
    maxDepth,
    precisions: [training.precision],
    warnings: statisticsRemarks({ training, space: {} }, [checked]),
  };
  const prepared = await prepareTrainer(input, { ...options, images: identity.images });
  const { settings } = prepared;
  for (const warning of [...prepared.notices, ...prepared.warnings]) options.onWarning?.(warning);
  options.onStart?.({ configuration, settings });

  const checkpoints = join(stagingOf(out), 'checkpoint');
  const { onReport, signal } = options;
  const last = configuration.validation?.epochs;
  const best = await trainEpochs({ settings, identity, checkpoints, last, onReport, signal });
  if (best === undefined) return undefined;
  const { index, resize } = settings;
  const parts = { backbone: checked.choice, classes: index.classes, resize, seed, ...taskOf(index) };
  const model = await trainedModel(parts, checkpoints, best.epoch);
  const slices = await studySlices(configuration.data, directory);
  const test = await evaluateOnTest(model, settings, 'test', slicingsOf(slices, index, 'test'));
  const targetTest = await evaluateOnTest(model, settings, 'targetTest');
  const evaluation = await evaluationOf(configuration, checkpoints, best.epoch);
  // Of the images that the objective is about.
  const tested = isTargetMetric(settings.objective.metric) ? targetTest : test;
  const { data, expected } = configuration;
  const expectation = expectationOf({
    ...{ objective: settings.objective, validation: evaluation, test: tested, expected },
    hasGroups: namesGroups(data),
  });
  const { record } = prepared;
  const onValidation = isTargetMetric(settings.objective.metric) ? [] : validationSlices(slices, index, best);
  const trained = {
    ...{ configuration, directory, settings, record, model, best, test, targetTest, evaluation, expectation },
    validationSlices: onValidation,
  };
  await writeModel(trained, out, options);
  return { best, test, targetTest, expectation, folder: out };
}

function namesGroups(data: TrainerConfiguration['data']): boolean {
  if ('groupBy' in data && data.groupBy !== undefined) return true;
  return 'columns' in data && typeof data.columns?.group === 'string';
}

/** Empty where the images have none. */
function validationSlices(
  slices: readonly ColumnSlices[],
  index: ImageIndex,
  { detail }: Report,
): readonly SliceScore[] {
  const { predictions } = detail ?? {};
  if (slices.length === 0 || predictions?.length !== index.splits.validation.length) return [];
  const labels = index.splits.validation.map(classOf);
  return sliceScores(labels, predictions, slicingsOf(slices, index, 'validation'));
}

/** On the validation images; of a final model, what its folds let expect. */
async function evaluationOf(
  { validation }: TrainerConfiguration,
  checkpoints: string,
  epoch: number,
): Promise<ModelEvaluation | undefined> {
  if (validation === undefined) return readModelEvaluation(checkpoints, epoch);
  const { interval } = validation;
  return interval === undefined ? undefined : { split: 'validation', images: 0, mistakes: [], interval };
}

/** The one look at the test images; undefined where there are none. */
async function evaluateOnTest(
  model: TrainedModel,
  { engine, index, objective, seed }: CnnSettings,
  split: 'test' | 'targetTest',
  slicings: readonly Slicing[] = [],
): Promise<SplitResult | undefined> {
  if (entriesOf(index, split).length === 0) return undefined;
  const classifier = await openClassifier(model, engine);
  try {
    const { positiveClass } = objective;
    const { thresholds } = model;
    const own = metricOfSplit(objective.metric);
    const metric = split === 'test' ? own : targetMetric(own);
    return await evaluateSplit(classifier, { index, split, metric, positiveClass, seed, thresholds }, slicings);
  } finally {
    await classifier.close();
  }
}

interface Trained extends Training, Pick<PreparedTrainer, 'record'> {
  /** Of the configuration's file. */
  readonly directory: string;
  readonly model: TrainedModel;
  readonly best: Report;
  readonly test: SplitResult | undefined;
  readonly targetTest: SplitResult | undefined;
  /** On the validation images. */
  readonly evaluation: ModelEvaluation | undefined;
  readonly validationSlices: readonly SliceScore[];
  readonly expectation: TestExpectation | undefined;
}

/** What the study's folds said of the configuration, where it has their interval. */
function foldsResult({ validation }: TrainerConfiguration): CardResult[] {
  const { interval, folds = 0, repeats = 1 } = validation ?? {};
  if (interval === undefined) return [];
  return [{ split: 'validation', folds: folds * repeats, metrics: { [interval.metric]: interval.value }, interval }];
}

async function writeModel(trained: Trained, out: string, options: ModelFilesOptions): Promise<void> {
  const { settings, configuration, directory, record, model, best, test, targetTest, evaluation, expectation } =
    trained;
  const staging = stagingOf(out);
  const held = heldResults(settings.objective.metric, best, evaluation, trained.validationSlices);
  const results = [
    ...(configuration.validation === undefined ? held : foldsResult(configuration)),
    ...(test === undefined ? [] : [{ ...test, split: 'test' as const }]),
    ...(targetTest === undefined ? [] : [{ ...targetTest, split: 'targetTest' as const }]),
  ];
  await writeModelFiles(staging, options, {
    model,
    configuration: moveConfiguration(configuration, directory, out),
    images: record.images,
    results,
    origin: [
      ...(configuration.validation === undefined
        ? [
            `Trained from a configuration, without a search. The weights are those of epoch ${best.epoch}, the best on the validation images.`,
          ]
        : ['Trained from a configuration, without a search.', finalModelSentence(best.epoch)]),
      ...(expectation?.remark === undefined ? [] : [`${expectation.remark}.`]),
    ],
    versions: { ...versions(), engine: settings.engine },
    metrics: { epoch: best.epoch, results },
  });
  await rm(join(staging, 'checkpoint'), { recursive: true });
  await moveIntoPlace(out);
}
