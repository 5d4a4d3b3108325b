// All metrics of a model of several labels an image.
import { must } from '../../system/must.js';
import { ratio, sum } from '../class-counts.js';
import { labelMetric } from '../metric-names.js';
import { areaUnderRoc } from '../probabilistic.js';
import type { ClassScores } from '../scores.js';
import { averagePrecision } from './average-precision.js';
import {
  type LabelConfusion,
  labelConfusions,
  labelScores,
  macroOfLabels,
  microOfLabels,
  weightedOfLabels,
} from './label-confusion.js';
import { type ScoredLabels, rankLabels } from './scored-labels.js';
import { crossFittedPredictions, predictLabels } from './thresholds.js';

export interface LabelEvaluation {
  /** Finite numbers by name, see `labelMetricNames`. Scores of rankings are left out where no image has a label, or all have it. */
  readonly metrics: Readonly<Record<string, number>>;
  /** By label. */
  readonly confusions: readonly LabelConfusion[];
  readonly perLabel: readonly ClassScores[];
  /** Whether each image is predicted to have each label: [N, classCount]. */
  readonly predictions: Uint8Array;
}

/** Probabilities are kept this far from 0 and 1 before their logarithm is taken, as in `logLosses`. */
const EPSILON = 2 ** -23;

/**
 * @param names of the labels; `scored.classCount` of them.
 * @param thresholds from which probability on a label is predicted. Missing: those chosen on the other images (crossFittedPredictions).
 * @throws HpoError ERR_DIVERGED where a probability is not finite.
 */
export function evaluateLabels(
  scored: ScoredLabels,
  names: readonly string[],
  thresholds?: readonly number[],
): LabelEvaluation {
  const rankings = rankLabels(scored);
  const predictions =
    thresholds === undefined ? crossFittedPredictions(scored, rankings) : predictLabels(scored, thresholds);
  const confusions = labelConfusions(scored, predictions);
  const perLabel = labelScores(confusions);
  const ranked = rankings.map((ranking) => ({
    precision: averagePrecision(ranking),
    area: areaUnderRoc(ranking),
  }));
  const metrics: Record<string, number> = {
    ...meanOf(
      'meanAveragePrecision',
      ranked.map(({ precision }) => precision),
    ),
    ...meanOf(
      'meanRocAuc',
      ranked.map(({ area }) => area),
    ),
    macroPrecision: macroOfLabels(confusions, 'precision'),
    macroRecall: macroOfLabels(confusions, 'recall'),
    macroF1: macroOfLabels(confusions, 'f1'),
    microPrecision: microOfLabels(confusions, 'precision'),
    microRecall: microOfLabels(confusions, 'recall'),
    microF1: microOfLabels(confusions, 'f1'),
    weightedF1: weightedOfLabels(confusions, 'f1'),
    exactMatch: exactMatch(scored, predictions),
    logLoss: labelLogLoss(scored),
  };
  perLabel.forEach(({ precision, recall, f1 }, k) => {
    const name = must(names[k], 'the name of the label');
    const { precision: average, area } = must(ranked[k], 'a label');
    metrics[labelMetric('precision', name)] = precision;
    metrics[labelMetric('recall', name)] = recall;
    metrics[labelMetric('f1', name)] = f1;
    if (average !== undefined) metrics[labelMetric('averagePrecision', name)] = average;
    if (area !== undefined) metrics[labelMetric('rocAuc', name)] = area;
  });
  return { metrics, confusions, perLabel, predictions };
}

/** Over the labels where it is defined. */
function meanOf(name: string, values: readonly (number | undefined)[]): Record<string, number> {
  const defined = values.filter((value) => value !== undefined);
  return defined.length === 0 ? {} : { [name]: sum(defined) / defined.length };
}

/** Share of images with all labels right, as scikit-learn's accuracy_score. */
export function exactMatch({ labels, classCount }: ScoredLabels, predictions: ArrayLike<number>): number {
  let right = 0;
  labels.forEach((ofImage, image) => {
    let predicted = 0;
    for (let k = 0; k < classCount; k++) predicted += predictions[image * classCount + k]!;
    const isRight =
      predicted === ofImage.length && ofImage.every((label) => predictions[image * classCount + label] === 1);
    if (isRight) right++;
  });
  return ratio(right, labels.length);
}

/** Mean over images and labels of the binary cross-entropy. */
function labelLogLoss(scored: ScoredLabels): number {
  return ratio(sum(labelLogLosses(scored)), scored.labels.length);
}

/** Of each image, the mean over its labels. */
export function labelLogLosses({ labels, probabilities, classCount }: ScoredLabels): Float64Array {
  return Float64Array.from(labels, (ofImage, image) => {
    const at = (label: number): number =>
      Math.min(Math.max(probabilities[image * classCount + label]!, EPSILON), 1 - EPSILON);
    let loss = 0;
    for (let label = 0; label < classCount; label++) loss -= Math.log(1 - at(label));
    for (const label of ofImage) loss += Math.log(1 - at(label)) - Math.log(at(label));
    return loss / classCount;
  });
}
