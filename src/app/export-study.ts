// From a study's best trial to a model that others can use.
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { choiceText } from '../controller/choice.js';
import { winnerOf } from '../controller/confirmation.js';
import { winnerSlices } from '../controller/winner-slices.js';
import { HpoError } from '../study/errors.js';
import { isMultilabel, taskOf } from '../study/task.js';
import { type Report, type Trial, bestReportOf } from '../study/trial.js';
import { must } from '../system/must.js';
import { type TrainedModel, trainedModel } from '../trainer/model/trained-model.js';
import { counted, formatMetric } from '../system/format.js';
import { plannedTrials } from '../study/planned-trials.js';
import { type StudyView, finishedTrials, readStudy } from './files/read-study.js';
import type { ExpectedValue } from '../controller/expected-value.js';
import type { ModelEvaluation } from '../trainer/evaluation.js';
import { checkBackbone } from './setup/check-backbone.js';
import { shortPath } from '../system/short-path.js';
import { type FinalModelOptions, trainFinalModel } from './model/final-model.js';
import { type TrialEvaluation, baselineResult, expectedJson, expectedText, winnerEvaluation } from './winner.js';
import { countStates, searchTrials } from '../report/search-trials.js';
import { versions } from '../system/versions.js';
import { heldResults } from './model/held-results.js';
import { checkOut, moveIntoPlace, stagingOf } from './model/staged-folder.js';
import { ensembleFormats, writtenFormats } from './model/export-formats.js';
import { finalModelSentence } from './model/model-card.js';
import { type ModelFilesOptions, writeModelFiles } from './model/write-model-files.js';
import { atTemperature } from './model/calibrate.js';
import { type ChosenEnsemble, chooseEnsemble } from './model/choose-ensemble.js';
import {
  type Calibration,
  calibrated,
  calibrationOrigin,
  ensembleContent,
  ensembleOrigin,
  ensembleResult,
  remarksOf,
  sizeOf,
} from './model/ensemble-content.js';
import type { CardResult } from './model/model-card.js';
import { backboneOfTrial, configurationOfTrial, moveConfiguration } from './model/trainer-configuration.js';

export interface Exported {
  readonly folder: string;
  /** The best one, also of an ensemble. */
  readonly trial: Trial;
  /** On the validation images; missing where an earlier version trained the trial, which did not store its probabilities. */
  readonly calibration?: Calibration;
  /** Which trials make up the ensemble that was asked for. */
  readonly ensemble?: ChosenEnsemble;
}

/** With folds the final model is trained first. */
export interface ExportOptions extends ModelFilesOptions, FinalModelOptions {
  /** The folder of the model. */
  readonly out: string;
  /** Replaces an earlier model. */
  readonly force?: boolean | undefined;
  /** Averages up to so many of the kept trials (`search.keep`) in place of the best alone: 2 or more. */
  readonly ensemble?: number | undefined;
  /** Scales the logits by a temperature, so that probabilities fit the validation images. The predicted classes of one model stay the same. */
  readonly calibrate?: boolean | undefined;
}

/**
 * Exports the best trial: the model, its configuration, its metrics and a model card. Nothing is left half-made.
 * @param study a study.json, its folder, or a run; it may be running.
 * @throws HpoError ERR_STUDY_NOT_FOUND; ERR_USAGE where no trial has a value, the trainer is not the built-in one, or `out` is taken;
 * ERR_WEIGHTS where the trial's weights are gone or damaged.
 */
export async function exportStudy(study: string, options: ExportOptions): Promise<Exported> {
  const { out } = options;
  const view = await readStudy(study);
  const { definition, layout, record } = view;
  const trial = exportableTrial(view);
  checkOut(out, options.force === true);
  const folder = resolve(out);
  const directory = dirname(layout.root);
  const checked = checkBackbone(backboneOfTrial(definition, trial), directory);
  const { choice } = checked;
  writtenFormats(options.formats, checked.backbone, options.dtype); // says before anything is written what cannot be
  if (options.ensemble !== undefined) ensembleFormats(options.formats);
  if (trial.folds !== undefined) checkFoldOptions(options);
  const evaluation = await winnerEvaluation(view, options, trial);
  if (isMultilabel(record.images ?? {}) && evaluation?.thresholds === undefined) throw noThresholds(view, trial);
  const told = expectedJson(view.history, record);
  const expected = told === null ? undefined : intervalOf(told);
  const here = configurationOfTrial({
    ...{ definition, trial, checked, images: record.images?.digest },
    ...{ interval: evaluation?.interval, expected },
  });
  const configuration = moveConfiguration(here, directory, folder);
  const classes = record.images?.classes ?? [];
  const resize = 'resize' in configuration.data ? configuration.data.resize : 'crop';
  const parts = { backbone: choice, classes, resize, seed: definition.search.seed, ...taskOf(record.images ?? {}) };
  const staging = stagingOf(out);
  // What an earlier call has trained of a final model is gone on with.
  if (trial.folds === undefined) await rm(staging, { recursive: true, force: true });
  const weights =
    trial.folds === undefined
      ? join(layout.trials, String(trial.number))
      : await trainFinalModel({ configuration: here, checked, directory, staging }, options);
  const trained = await trainedModel(
    parts,
    weights,
    trial.best?.epoch,
    trial.folds === undefined ? trial.number : undefined,
  ).catch((error: unknown) => {
    throw damagedWeights(error, view, trial);
  });
  const chosen = options.ensemble === undefined ? undefined : await chooseEnsemble(view, sizeOf(options.ensemble));
  const calibration = await calibrated(view, trial, chosen, options.calibrate === true);
  const temperature = calibration?.isApplied === true ? calibration.temperature : undefined;
  const scaled = (one: TrainedModel): TrainedModel =>
    temperature === undefined ? one : atTemperature(one, temperature);
  const report = must(bestReportOf(trial), 'the report of the best epoch');
  const results =
    chosen === undefined ? trialResults(report, evaluation, view) : [ensembleResult(view, chosen, temperature)];
  await mkdir(staging, { recursive: true });
  await writeModelFiles(staging, options, {
    model: scaled(trained),
    configuration,
    images: record.images,
    results,
    origin: [
      ...originOf(view, trial),
      ...(chosen === undefined ? expectedOrigin(view, trial) : ensembleOrigin(chosen)),
      ...calibrationOrigin(calibration, chosen !== undefined),
      ...baselineOrigin(view, evaluation),
    ],
    versions: versions(),
    metrics: {
      ...(chosen === undefined ? metricsOf(report, evaluation) : results[0]),
      expected: chosen?.expected ?? told,
      calibration: calibration ?? null,
    },
    temperature,
    remarks: remarksOf(chosen, temperature),
    ...(chosen === undefined
      ? {}
      : { ensemble: ensembleContent(view, chosen, scaled, { directory, folder, temperature }) }),
  });
  await rm(join(staging, 'checkpoint'), { recursive: true, force: true });
  await moveIntoPlace(out);
  return {
    ...{ folder, trial },
    ...(calibration === undefined ? {} : { calibration }),
    ...(chosen === undefined ? {} : { ensemble: chosen }),
  };
}

/** Without what it was computed from. */
function intervalOf({ metric, value, low, high, level }: ExpectedValue): ModelEvaluation['interval'] {
  return { metric, value, low, high, level };
}

/** No image is left by which the final model's probabilities, or its company, could be chosen. @throws HpoError ERR_USAGE. */
function checkFoldOptions({ ensemble, calibrate }: ExportOptions): void {
  const asked = ensemble !== undefined ? '--ensemble' : calibrate === true ? '--calibrate' : undefined;
  if (asked === undefined) return;
  const why = 'its final model is trained on all images outside of the test, so none is left to choose by';
  throw new HpoError('ERR_USAGE', `expected no ${asked} with a study of folds: ${why}`);
}

/** Thresholds of ½ in their place would give other labels than the figures are of. */
function noThresholds({ file, layout }: StudyView, { number }: Trial): HpoError {
  const advice = `hpo run ${shortPath(file ?? layout.root)} makes it again`;
  const place = join(layout.trials, String(number), 'best.json');
  return new HpoError(
    'ERR_WEIGHTS',
    `expected the thresholds of the labels, got none at ${shortPath(place)}: ${advice}`,
  );
}

function trialResults(
  report: Report,
  evaluation: TrialEvaluation | undefined,
  { history, record }: StudyView,
): CardResult[] {
  return heldResults(
    history.objective.metric,
    report,
    evaluation,
    winnerSlices(history, record, winnerOf(history)?.trial),
  );
}

function exportableTrial({ name, definition, history, layout }: StudyView): Trial {
  const winner = winnerOf(history);
  if (winner === undefined)
    throw new HpoError('ERR_USAGE', `expected a finished trial to export, got none in ${name} yet`);
  if (definition.trainer !== undefined) {
    const folder = join(layout.trials, String(winner.trial.number));
    throw new HpoError(
      'ERR_USAGE',
      `expected a study of the built-in trainer, got one with a custom trainer: its files are in ${folder}`,
    );
  }
  return winner.trial;
}

/** A model is never made of weights that are not those that were trained. */
function damagedWeights(error: unknown, { file, layout }: StudyView, { number }: Trial): unknown {
  if (!(error instanceof HpoError) || error.code !== 'ERR_CHECKPOINT') return error;
  const advice = `hpo run ${shortPath(file ?? layout.root)} trains trial ${number} again; or restore the file from a copy`;
  return new HpoError('ERR_WEIGHTS', `${error.message}. ${advice}`, { cause: error });
}

function metricsOf(report: Report, evaluation: TrialEvaluation | undefined): object {
  return {
    split: evaluation?.split ?? 'validation',
    ...(evaluation?.folds === undefined ? {} : { folds: evaluation.folds }),
    epoch: report.epoch,
    metrics: report.metrics,
    ...(report.detail?.labels === undefined
      ? { confusion: report.detail?.confusion ?? null }
      : { labels: report.detail.labels, thresholds: evaluation?.thresholds ?? null }),
    interval: evaluation?.interval ?? null,
    mistakes: evaluation?.mistakes ?? null,
  };
}

/** How the trial was found: a sentence each. */
export function originOf(
  { name, definition, history }: Pick<StudyView, 'name' | 'definition' | 'history'>,
  trial: Trial,
): string[] {
  const { strategy, seed } = definition.search;
  const { objective } = history;
  const counts = countStates(searchTrials(history));
  const { value, epoch } = trial.best as NonNullable<Trial['best']>;
  const { choice } = winnerOf(history) ?? {};
  const folds = trial.folds === undefined ? '' : `, the mean of ${counted(trial.folds.length, 'fold')},`;
  const result = `${objective.metric} of ${formatMetric(value)} at epoch ${epoch}${folds}`;
  const standing =
    choice === undefined ? `Its ${result} is the study's best.` : `With its ${result} it is ${choiceText(choice)}.`;
  return [
    `Trial ${trial.number} of the study ${name}: ${strategy} search, seed ${seed}, ${finishedTrials(history)} of ${plannedTrials(definition)} trials finished`,
    `(${counts.completed} completed, ${counts.pruned} pruned, ${counts.failed} failed). ${standing}`,
    ...(trial.folds === undefined ? [] : [finalModelSentence(epoch)]),
  ];
}

function expectedOrigin({ history, record }: StudyView, { best }: Trial): string[] {
  const expected = expectedJson(history, record);
  return expected === null || best === undefined ? [] : [`${expectedText(best.value, expected)}.`];
}

function baselineOrigin({ history }: StudyView, evaluation: TrialEvaluation | undefined): string[] {
  const result = baselineResult(history, evaluation);
  if (result === undefined || result.value === null) return [];
  const verdict = result.transferPays === true ? 'so transfer helps' : 'so transfer does not help here';
  const { metric } = history.objective;
  return [
    `The same configuration from random weights, everything unfrozen, reaches ${formatMetric(result.value)} ${metric}, ${verdict}.`,
  ];
}
