// What the files of an exported model say of an ensemble and of calibration.
import type { Member } from '../../metrics/calibration.js';
import { meanAtTemperature } from '../../metrics/calibration.js';
import { evaluate } from '../../metrics/evaluate.js';
import { HpoError } from '../../study/errors.js';
import { isMultilabel } from '../../study/task.js';
import type { Trial } from '../../study/trial.js';
import { validationLabels } from '../../study/validation-labels.js';
import { formatMetric, formatScalar, listed } from '../../system/format.js';
import type { TrainedModel } from '../../trainer/model/trained-model.js';
import type { StudyView } from '../files/read-study.js';
import { checkBackbone } from '../setup/check-backbone.js';
import { type Calibration, calibrationOf } from './calibrate.js';
import type { ChosenEnsemble } from './choose-ensemble.js';
import { probabilitiesOf } from './kept-models.js';
import type { CardResult } from './model-card.js';
import { backboneOfTrial, configurationOfTrial, moveConfiguration } from './trainer-configuration.js';
import type { EnsembleContent } from './write-model-files.js';

export type { Calibration } from './calibrate.js';

/** @throws HpoError ERR_USAGE where it is no whole number of 2 or more. */
export function sizeOf(ensemble: number): number {
  if (Number.isInteger(ensemble) && ensemble >= 2) return ensemble;
  throw new HpoError('ERR_USAGE', `expected a whole number of 2 or more at --ensemble, got ${ensemble}`);
}

/**
 * The temperature of the model that is exported, on the validation images; undefined where the trial's probabilities are not known.
 * @throws HpoError ERR_USAGE where it is to be applied and cannot be known.
 */
export async function calibrated(
  view: Pick<StudyView, 'record' | 'definition' | 'layout'>,
  trial: Trial,
  chosen: ChosenEnsemble | undefined,
  isApplied: boolean,
): Promise<Calibration | undefined> {
  const { images } = view.record;
  if (images !== undefined && isMultilabel(images)) {
    if (!isApplied) return undefined;
    throw new HpoError('ERR_USAGE', 'expected a study of one class for each image at --calibrate, got several labels');
  }
  const probabilities = chosen === undefined ? await probabilitiesOf(view, trial) : undefined;
  const members: readonly Member[] =
    chosen?.members ?? (probabilities === undefined ? [] : [{ probabilities, share: 1 }]);
  if (images !== undefined && members.length > 0) {
    return calibrationOf(members, validationLabels(images), images.classes.length, isApplied);
  }
  if (!isApplied) return undefined;
  const why = `trial ${trial.number} was trained by an earlier version, which did not store its probabilities`;
  throw new HpoError(
    'ERR_USAGE',
    `expected probabilities of the validation images to calibrate with, got none: ${why}`,
  );
}

/** What the mean of the members gives on the validation images. */
export function ensembleResult(
  { record, definition }: Pick<StudyView, 'record' | 'definition'>,
  { members }: ChosenEnsemble,
  temperature = 1,
): CardResult {
  const { classes = [] } = record.images ?? {};
  const labels = record.images === undefined ? [] : validationLabels(record.images);
  const probabilities = meanAtTemperature(members, classes.length, temperature);
  const scored = { labels, probabilities, classCount: classes.length };
  const { metrics, confusion } = evaluate(scored, classes, definition.objective.positiveClass);
  return { split: 'validation', metrics, confusion };
}

export function ensembleOrigin({ members, expected }: ChosenEnsemble): string[] {
  const parts = members.map(({ trial, share }) => `trial ${trial.number} (${formatMetric(share)})`);
  const { single, ensemble } = expected;
  return [
    `The model is the mean of the probabilities of ${listed(parts)}, chosen by the validation images (greedy selection with replacement, Caruana et al. 2004).`,
    `Expected on other images: ${formatMetric(ensemble.value)} (${formatMetric(ensemble.low)} … ${formatMetric(ensemble.high)}); of the best trial alone ${formatMetric(single.value)} (${formatMetric(single.low)} … ${formatMetric(single.high)}).`,
  ];
}

/** What was done to the probabilities; nothing where nothing was. */
export function calibrationOrigin(calibration: Calibration | undefined, isEnsemble: boolean): string[] {
  if (calibration?.isApplied !== true) return [];
  const { temperature, errorBefore, errorAfter } = calibration;
  const [before, after] = [errorBefore, errorAfter].map(formatMetric);
  return [
    `Its logits are divided by ${formatScalar(temperature)}, fitted to the validation images. There the calibration error is ${after}, without it ${before}; on other images it is a little larger.`,
    ...(isEnsemble
      ? []
      : [
          'The log loss above, and the confidence in mistakes, are those without it. The predicted classes are the same.',
        ]),
  ];
}

/** For the metadata of an ONNX file. */
export function remarksOf(chosen: ChosenEnsemble | undefined, temperature: number | undefined): Record<string, string> {
  const members = chosen?.members.map(({ trial, share }) => ({ trial: trial.number, share }));
  return {
    ...(members === undefined ? {} : { ensemble: JSON.stringify(members) }),
    ...(temperature === undefined ? {} : { temperature: formatScalar(temperature) }),
  };
}

export interface EnsemblePlace {
  /** Where the study's paths begin. */
  readonly directory: string;
  /** Of the model. */
  readonly folder: string;
  readonly temperature: number | undefined;
}

/** @param scaled gives a model the temperature that is exported. */
export function ensembleContent(
  { definition, record }: StudyView,
  { members, expected }: ChosenEnsemble,
  scaled: (model: TrainedModel) => TrainedModel,
  { directory, folder, temperature }: EnsemblePlace,
): EnsembleContent {
  const configurations = members.map(({ trial }) => {
    const checked = checkBackbone(backboneOfTrial(definition, trial), directory);
    const configuration = configurationOfTrial({ definition, trial, checked, images: record.images?.digest });
    return moveConfiguration(configuration, directory, folder);
  });
  return {
    members: members.map((member) => ({ ...member, model: scaled(member.model) })),
    about: {
      temperature: temperature ?? null,
      expected,
      members: members.map(({ trial, share }, i) => {
        return { trial: trial.number, epoch: trial.best?.epoch, share, configuration: configurations[i] };
      }),
    },
  };
}
