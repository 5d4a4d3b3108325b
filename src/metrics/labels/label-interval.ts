// How sure a metric of several labels an image is: a Bayesian bootstrap over the images, smoothed by one image that nobody has seen.
import { must } from '../../system/must.js';
import { quantile } from '../../math/quantile.js';
import type { RandomStream } from '../../math/random.js';
import { type Interval, bootstrapInterval, spread } from '../bootstrap.js';
import type { ClassScore } from '../class-counts.js';
import { CLASS_METRICS, LABEL_METRICS, classMetric, labelMetric } from '../metric-names.js';
import { areaUnderRoc } from '../probabilistic.js';
import { averagePrecision } from './average-precision.js';
import { evaluateLabels, labelLogLosses } from './evaluate-labels.js';
import { type LabelConfusion, macroOfLabels, microOfLabels, weightedOfLabels } from './label-confusion.js';
import { type LabelRanking, type ScoredLabels, rankLabel } from './scored-labels.js';

export interface LabelIntervalOptions {
  readonly resamples: number;
  readonly level?: number;
  /** As for `evaluateLabels`. */
  readonly thresholds?: readonly number[] | undefined;
}

/** Images times labels that all resamples may look at: a second or two. */
const MOST_WORK = 3e8;
const FEWEST_RESAMPLES = 200;
/** Of so many images each is drawn as one. */
const MANY = 200;

/** A metric with every image of some weight, and with the unseen image: half of it right, half of it wrong. */
type Measure = (weights: Float64Array, right: number, wrong: number) => number | undefined;

/**
 * The interval in which a metric of `labelMetricNames` lies for images like these: as `bootstrapInterval`, with one stratum, since an image
 * has several labels. Thresholds stay as they are. The unseen image has one label, shared among all of them.
 * @returns undefined where the metric is not defined on these images.
 * @throws RangeError for an unknown metric; HpoError ERR_DIVERGED as `evaluateLabels`.
 */
export function labelInterval(
  scored: ScoredLabels,
  names: readonly string[],
  metric: string,
  random: RandomStream,
  { resamples, level = 0.95, thresholds }: LabelIntervalOptions,
): Interval | undefined {
  const evaluation = evaluateLabels(scored, names, thresholds);
  const value = evaluation.metrics[metric];
  const label = names.findIndex((name) => LABEL_METRICS.some((one) => metric === labelMetric(one, name)));
  const ofLabel = names[label] ?? '';
  if (value === undefined) return undefined;
  const single = label < 0 ? undefined : binaryMetric(scored, evaluation.predictions, { metric, label, name: ofLabel });
  if (single !== undefined) {
    return bootstrapInterval(single.scored, BINARY, single.metric, random, { resamples, level, positiveClass: 'yes' });
  }
  const { measure, work } = measureOf(scored, evaluation.predictions, { metric, label, name: ofLabel });
  const count = Math.max(FEWEST_RESAMPLES, Math.min(resamples, Math.floor(MOST_WORK / Math.max(1, work))));
  const values: number[] = [];
  const images = scored.labels.length;
  const shape = images >= MANY ? 1 : spread(images);
  const weights = new Float64Array(images);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < images; k++) weights[k] = shape === 1 ? -Math.log(1 - random.next()) : random.gamma(shape);
    const drawn = measure(weights, random.gamma(0.5), random.gamma(0.5));
    if (drawn !== undefined) values.push(drawn);
  }
  if (values.length === 0) return { value, low: value, high: value, level };
  const tail = (1 - level) / 2;
  const [low, high] = [quantile(values, tail), quantile(values, 1 - tail)];
  return { value, low: Math.min(value, low), high: Math.max(value, high), level };
}

const BINARY = ['no', 'yes'];

interface Wanted {
  readonly metric: string;
  /** −1 for a metric of all labels. */
  readonly label: number;
  readonly name: string;
}

/** A metric of one label is one of two classes. */
function binaryMetric(
  { labels, probabilities, classCount }: ScoredLabels,
  predictions: ArrayLike<number>,
  { metric, label, name }: Wanted,
): { readonly scored: Parameters<typeof bootstrapInterval>[0]; readonly metric: string } | undefined {
  const own = Int32Array.from(labels, (ofImage) => (ofImage.includes(label) ? 1 : 0));
  const rows = (values: ArrayLike<number>): number[] =>
    labels.flatMap((_, i) => [1 - values[i * classCount + label]!, values[i * classCount + label]!]);
  const of = (values: ArrayLike<number>) => ({ labels: own, probabilities: rows(values), classCount: 2 });
  if (metric === labelMetric('rocAuc', name)) return { scored: of(probabilities), metric: 'rocAuc' };
  const score = CLASS_METRICS.find((one) => metric === labelMetric(one, name));
  return score === undefined ? undefined : { scored: of(predictions), metric: classMetric(score, 'yes') };
}

function measureOf(
  scored: ScoredLabels,
  predictions: ArrayLike<number>,
  { metric, label, name }: Wanted,
): { readonly measure: Measure; readonly work: number } {
  const { labels, classCount } = scored;
  const all = labels.length * classCount;
  const mean = MEANS[metric];
  if (mean !== undefined && Object.hasOwn(MEANS, metric)) {
    return { measure: ofCounts(scored, predictions, mean), work: all };
  }
  if (metric === 'exactMatch') return { measure: ofShares(rightImages(scored, predictions)), work: labels.length };
  if (metric === 'logLoss') return { measure: ofLosses(labelLogLosses(scored)), work: labels.length };
  const ranked = Array.from({ length: classCount }, (_, k) => k);
  if (metric === 'meanAveragePrecision')
    return { measure: ofRankings(scored, ranked, averagePrecision), work: 4 * all };
  if (metric === 'meanRocAuc') return { measure: ofRankings(scored, ranked, areaOf), work: 4 * all };
  if (metric === labelMetric('averagePrecision', name)) {
    return { measure: ofRankings(scored, [label], averagePrecision), work: 4 * labels.length };
  }
  throw new RangeError(`expected a metric of these labels, got '${metric}'`);
}

type Mean = (confusions: readonly LabelConfusion[]) => number;

const macro =
  (score: ClassScore): Mean =>
  (confusions) =>
    macroOfLabels(confusions, score);
const micro =
  (score: ClassScore): Mean =>
  (confusions) =>
    microOfLabels(confusions, score);

const MEANS: Readonly<Record<string, Mean>> = {
  macroPrecision: macro('precision'),
  macroRecall: macro('recall'),
  macroF1: macro('f1'),
  microPrecision: micro('precision'),
  microRecall: micro('recall'),
  microF1: micro('f1'),
  weightedF1: (confusions) => weightedOfLabels(confusions, 'f1'),
};

/** What each image adds to the counts: hits, misses and false alarms, by label. */
interface Additions {
  readonly image: number;
  readonly label: number;
  readonly kind: 'hit' | 'miss' | 'alarm';
}

function ofCounts({ labels, classCount }: ScoredLabels, predictions: ArrayLike<number>, mean: Mean): Measure {
  const additions: Additions[] = [];
  labels.forEach((ofImage, image) => {
    const own = new Set(ofImage);
    for (let label = 0; label < classCount; label++) {
      const isPredicted = predictions[image * classCount + label] === 1;
      if (own.has(label)) additions.push({ image, label, kind: isPredicted ? 'hit' : 'miss' });
      else if (isPredicted) additions.push({ image, label, kind: 'alarm' });
    }
  });
  return (weights, right, wrong) => {
    const counts = Array.from({ length: classCount }, () => ({
      hit: right / classCount,
      miss: wrong / classCount,
      alarm: wrong / classCount,
    }));
    for (const { image, label, kind } of additions) must(counts[label], 'a label')[kind] += weights[image]!;
    return mean(
      counts.map(({ hit, miss, alarm }): LabelConfusion => [
        [0, alarm],
        [miss, hit],
      ]),
    );
  };
}

function rightImages({ labels, classCount }: ScoredLabels, predictions: ArrayLike<number>): Float64Array {
  return Float64Array.from(labels, (ofImage, image) => {
    const own = new Set(ofImage);
    for (let label = 0; label < classCount; label++) {
      if ((predictions[image * classCount + label] === 1) !== own.has(label)) return 0;
    }
    return 1;
  });
}

function ofShares(values: Float64Array): Measure {
  return (weights, right, wrong) => {
    let [part, whole] = [right, right + wrong];
    weights.forEach((weight, i) => {
      part += weight * values[i]!;
      whole += weight;
    });
    return part / whole;
  };
}

/** The unseen image: half without loss, half with the greatest that was seen, or that of a guess where that is greater. */
function ofLosses(losses: Float64Array): Measure {
  const worst = losses.reduce((most, loss) => Math.max(most, loss), Math.LN2);
  return (weights, right, wrong) => {
    let [total, whole] = [wrong * worst, right + wrong];
    weights.forEach((weight, i) => {
      total += weight * losses[i]!;
      whole += weight;
    });
    return total / whole;
  };
}

type RankingScore = (ranking: LabelRanking, weights: ArrayLike<number>) => number | undefined;

const areaOf: RankingScore = (ranking, weights) => areaUnderRoc(ranking, weights);

/** The unseen image with the label and one without it are ranked right, at the ends, or wrong. */
function ofRankings(scored: ScoredLabels, labels: readonly number[], score: RankingScore): Measure {
  const rankings = labels.map((label) => withUnseen(rankLabel(scored, label)));
  const images = scored.labels.length;
  const all = new Float64Array(images + 4);
  return (weights, right, wrong) => {
    all.set(weights);
    all.set(
      [right, wrong, right, wrong].map((weight) => weight / labels.length),
      images,
    );
    const scores = rankings.map((ranking) => score(ranking, all)).filter((one) => one !== undefined);
    return scores.length === 0 ? undefined : scores.reduce((total, one) => total + one, 0) / scores.length;
  };
}

/** Images n … n + 3: with the label at the top and at the bottom, without it at the bottom and at the top. */
function withUnseen({ order, scores, isPositive }: LabelRanking): LabelRanking {
  const n = scores.length;
  return {
    order: Uint32Array.from([n + 1, n + 2, ...order, n, n + 3]),
    scores: Float32Array.from([...scores, 2, -1, -1, 2]),
    isPositive: Uint8Array.from([...isPositive, 1, 1, 0, 0]),
  };
}
