// How sure a metric is: percentile bootstrap over the images (B. Efron & R. Tibshirani 1993, chapter 13).
import { must } from '../system/must.js';
import { quantile } from '../math/quantile.js';
import type { RandomStream } from '../math/random.js';
import { type Scored, confusionOf, predictionsOf } from './confusion.js';
import { CLASS_METRICS, classMetric, positiveIndex } from './metric-names.js';
import { areaUnderRoc, logLosses, rank } from './probabilistic.js';
import { accuracy, balancedAccuracy, classScores, macro, weighted } from './scores.js';

export interface BootstrapOptions {
  /** Default 2,000. */
  readonly resamples?: number;
  /** Share of resamples within the interval, in (0, 1); default 0.95. */
  readonly level?: number;
  /** Whether each class keeps its number of images; default true. */
  readonly stratified?: boolean;
  readonly positiveClass?: string;
}

export interface Interval {
  /** The metric on the images as they are. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/** A metric of the images when image i counts counts[i] times; undefined where it is not defined. */
type Resampled = (counts: Uint32Array) => number | undefined;

/**
 * The interval in which a metric of `metricNames` lies for images like these.
 * @throws RangeError for an unknown metric, or one that is not defined on these images; HpoError ERR_DIVERGED as `evaluate`.
 */
export function bootstrapInterval(
  scored: Scored,
  classes: readonly string[],
  metric: string,
  random: RandomStream,
  { resamples = 2000, level = 0.95, stratified = true, positiveClass }: BootstrapOptions = {},
): Interval {
  const measure = resampledMetric(scored, classes, metric, positiveClass);
  const value = measure(new Uint32Array(scored.labels.length).fill(1));
  if (value === undefined)
    throw new RangeError(`expected positive and negative images for '${metric}', got only one kind`);
  const strata = stratified ? strataOf(scored) : [Uint32Array.from({ length: scored.labels.length }, (_, i) => i)];
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const resampled = measure(drawCounts(strata, scored.labels.length, random));
    if (resampled !== undefined) values.push(resampled);
  }
  if (values.length === 0) return { value, low: value, high: value, level };
  const tail = (1 - level) / 2;
  return { value, low: quantile(values, tail), high: quantile(values, 1 - tail), level };
}

/** What can be computed once is computed here: each resample costs one pass over the images. */
function resampledMetric(
  scored: Scored,
  classes: readonly string[],
  metric: string,
  positiveClass?: string,
): Resampled {
  const { labels, classCount } = scored;
  const predictions = predictionsOf(scored);
  const positive = positiveIndex(classes, positiveClass);
  if (metric === 'logLoss') return meanOf(logLosses(scored));
  if (metric === 'rocAuc' && positive !== undefined) {
    const ranking = rank(scored, positive);
    return (counts) => areaUnderRoc(ranking, counts);
  }
  const score = confusionScore(metric, classes, positive);
  confusionOf(labels, predictions, classCount);
  const cells = Uint32Array.from(predictions, (predicted, i) => labels[i]! * classCount + predicted);
  return (counts) => {
    const flat = new Array<number>(classCount * classCount).fill(0);
    for (let i = 0; i < cells.length; i++) flat[cells[i]!]! += counts[i]!;
    return score(Array.from({ length: classCount }, (_, k) => flat.slice(k * classCount, (k + 1) * classCount)));
  };
}

type ConfusionScore = (confusion: number[][]) => number;

function confusionScore(metric: string, classes: readonly string[], positive: number | undefined): ConfusionScore {
  const overall: Readonly<Record<string, ConfusionScore>> = {
    accuracy,
    balancedAccuracy,
    macroPrecision: (confusion) => macro(confusion, 'precision'),
    macroRecall: (confusion) => macro(confusion, 'recall'),
    macroF1: (confusion) => macro(confusion, 'f1'),
    weightedPrecision: (confusion) => weighted(confusion, 'precision'),
    weightedRecall: (confusion) => weighted(confusion, 'recall'),
    weightedF1: (confusion) => weighted(confusion, 'f1'),
  };
  if (Object.hasOwn(overall, metric)) return must(overall[metric], 'a metric of that name');
  for (const score of CLASS_METRICS) {
    const ofPositive = `positive${score === 'f1' ? 'F1' : score === 'recall' ? 'Recall' : 'Precision'}`;
    const k =
      metric === ofPositive ? (positive ?? -1) : classes.findIndex((name) => metric === classMetric(score, name));
    if (k >= 0) return (confusion) => must(classScores(confusion)[k], 'a class of that index')[score];
  }
  throw new RangeError(`expected a metric of these classes, got '${metric}'`);
}

function meanOf(values: Float64Array): Resampled {
  return (counts) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      sum += values[i]! * counts[i]!;
      count += counts[i]!;
    }
    return count === 0 ? undefined : sum / count;
  };
}

function strataOf({ labels, classCount }: Scored): Uint32Array[] {
  const strata = Array.from({ length: classCount }, () => [] as number[]);
  for (let i = 0; i < labels.length; i++) must(strata[labels[i]!], 'a class of that index').push(i);
  return strata.map((indices) => Uint32Array.from(indices));
}

/** How often each image is drawn when each stratum is drawn from with replacement as often as it has images. */
function drawCounts(strata: readonly Uint32Array[], total: number, random: RandomStream): Uint32Array {
  const counts = new Uint32Array(total);
  for (const stratum of strata) {
    for (let i = 0; i < stratum.length; i++) counts[stratum[random.integer(stratum.length)]!]!++;
  }
  return counts;
}
