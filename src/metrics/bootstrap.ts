// How sure a metric is: a Bayesian bootstrap over the images (D. B. Rubin 1981), smoothed by one image that nobody has seen.
import { must } from '../system/must.js';
import { quantile } from '../math/quantile.js';
import type { RandomStream } from '../math/random.js';
import { type Confusion, type Scored, confusionOf, predictionsOf } from './confusion.js';
import { CLASS_METRICS, classMetric, positiveIndex } from './metric-names.js';
import { areaUnderRoc, logLosses, rank } from './probabilistic.js';
import { accuracy, balancedAccuracy, classScores, macro, weighted } from './scores.js';

export interface BootstrapOptions {
  /** Default 2,000. */
  readonly resamples?: number;
  /** Share of resamples within the interval, in (0, 1); default 0.95. */
  readonly level?: number;
  readonly positiveClass?: string;
}

export interface Interval {
  /** The metric on the images as they are. */
  readonly value: number;
  /** At most `value`. */
  readonly low: number;
  /** At least `value`. */
  readonly high: number;
  readonly level: number;
}

/** Images of one class that all count the same for the metric: a cell of the confusion matrix, or one image. */
interface Group {
  readonly stratum: number;
  readonly images: number;
  /** What is added to `images` for what has not been seen. */
  readonly prior: number;
}

/** A metric of groups of images; undefined where it is not defined. */
interface Measured {
  readonly groups: readonly Group[];
  /** @param weights how much each group counts, in images. */
  readonly measure: (weights: Float64Array) => number | undefined;
}

/**
 * The interval in which a metric of `metricNames` lies for images like these.
 *
 * A plain bootstrap can only draw images that were seen: of 2 right images out of 2 it knows no wrong ones, and says 1 … 1. Here each
 * resample draws the weights of the images of a class from a Dirichlet distribution (Rubin, 'The Bayesian Bootstrap', Annals of Statistics
 * 1981; for confusion matrices Caelen, 'A Bayesian interpretation of the confusion matrix', 2017). One image is added to those seen, half
 * of it right and half of it wrong, shared among the classes as the metric weighs them. For a single share this is the interval of
 * Jeffreys' prior, which holds at 0, at 1 and for few images (Brown, Cai & DasGupta, 'Interval Estimation for a Binomial Proportion',
 * Statistical Science 2001). As they advise, the interval is widened to contain the value itself. `npx tsx bench/intervals.ts` measures how
 * often it contains the truth.
 *
 * @throws RangeError for an unknown metric, or one that is not defined on these images; HpoError ERR_DIVERGED as `evaluate`.
 */
export function bootstrapInterval(
  scored: Scored,
  classes: readonly string[],
  metric: string,
  random: RandomStream,
  options: BootstrapOptions = {},
): Interval {
  return intervalOf(measured(scored, classes, metric, options.positiveClass), metric, random, options);
}

/**
 * The same for a confusion matrix, whose counts need not be whole: they may be means over several models.
 * @throws RangeError for an unknown metric, or one that needs probabilities.
 */
export function confusionInterval(
  confusion: Confusion,
  classes: readonly string[],
  metric: string,
  random: RandomStream,
  options: BootstrapOptions = {},
): Interval {
  return intervalOf(measuredCells(confusion, classes, metric, options.positiveClass), metric, random, options);
}

function intervalOf(
  { groups, measure }: Measured,
  metric: string,
  random: RandomStream,
  { resamples = 2000, level = 0.95 }: BootstrapOptions,
): Interval {
  const value = measure(Float64Array.from(groups, ({ images }) => images));
  if (value === undefined)
    throw new RangeError(`expected positive and negative images for '${metric}', got only one kind`);
  const draw = drawing(groups, random);
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const resampled = measure(draw());
    if (resampled !== undefined) values.push(resampled);
  }
  if (values.length === 0) return { value, low: value, high: value, level };
  const tail = (1 - level) / 2;
  const [low, high] = [quantile(values, tail), quantile(values, 1 - tail)];
  return { value, low: Math.min(value, low), high: Math.max(value, high), level };
}

function measured(scored: Scored, classes: readonly string[], metric: string, positiveClass?: string): Measured {
  if (metric === 'logLoss') return measuredLoss(scored);
  const positive = positiveIndex(classes, positiveClass);
  if (metric === 'rocAuc' && positive !== undefined) return measuredRanking(scored, positive);
  return measuredCells(
    confusionOf(scored.labels, predictionsOf(scored), scored.classCount),
    classes,
    metric,
    positiveClass,
  );
}

function measuredCells(
  confusion: Confusion,
  classes: readonly string[],
  metric: string,
  positiveClass?: string,
): Measured {
  const positive = positiveIndex(classes, positiveClass);
  const overall = OVERALL[metric];
  if (overall !== undefined && Object.hasOwn(OVERALL, metric)) return measuredConfusion(confusion, overall);
  for (const score of CLASS_METRICS) {
    const ofPositive = `positive${score === 'f1' ? 'F1' : score === 'recall' ? 'Recall' : 'Precision'}`;
    const k =
      metric === ofPositive ? (positive ?? -1) : classes.findIndex((name) => metric === classMetric(score, name));
    if (k < 0) continue;
    const of = (one: number[][]): number => must(classScores(one)[0], 'a class of that index')[score];
    return measuredConfusion(oneAgainstRest(confusion, k), { of, shares: () => 1 });
  }
  throw new RangeError(`expected a metric of these classes, got '${metric}'`);
}

interface Overall {
  readonly of: (confusion: number[][]) => number;
  /** How much of the added image a class gets. */
  readonly shares: (images: number, total: number, classes: number) => number;
}

const byImages = (images: number, total: number): number => images / total;
const byClasses = (_: number, __: number, classes: number): number => 1 / classes;

const OVERALL: Readonly<Record<string, Overall>> = {
  accuracy: { of: accuracy, shares: byImages },
  balancedAccuracy: { of: balancedAccuracy, shares: byClasses },
  macroPrecision: { of: (confusion) => macro(confusion, 'precision'), shares: byClasses },
  macroRecall: { of: (confusion) => macro(confusion, 'recall'), shares: byClasses },
  macroF1: { of: (confusion) => macro(confusion, 'f1'), shares: byClasses },
  weightedPrecision: { of: (confusion) => weighted(confusion, 'precision'), shares: byImages },
  weightedRecall: { of: (confusion) => weighted(confusion, 'recall'), shares: byImages },
  weightedF1: { of: (confusion) => weighted(confusion, 'f1'), shares: byImages },
};

/** A confusion matrix of two classes: this one, then all others. */
function oneAgainstRest(confusion: readonly (readonly number[])[], k: number): number[][] {
  const merged = [
    [0, 0],
    [0, 0],
  ];
  for (const [actual, row] of confusion.entries()) {
    const into = must(merged[actual === k ? 0 : 1], 'a row');
    for (const [predicted, images] of row.entries()) into[predicted === k ? 0 : 1]! += images;
  }
  return merged;
}

/** The groups are the cells with images, and those of classes with images that have none yet. */
function measuredConfusion(confusion: readonly (readonly number[])[], { of, shares }: Overall): Measured {
  const sizes = confusion.map((row) => row.reduce((sum, images) => sum + images, 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const present = sizes.filter((size) => size > 0).length;
  const cells: (Group & { readonly predicted: number })[] = [];
  for (const [stratum, row] of confusion.entries()) {
    const size = sizes[stratum]!;
    if (size === 0) continue;
    const half = shares(size, total, present) / 2;
    for (const [predicted, images] of row.entries()) {
      // A wrong image is taken for a class that there is: one without images would count as a class of its own.
      const wrong = sizes[predicted]! > 0 ? half / (present - 1) : 0;
      const prior = predicted === stratum ? half : wrong;
      if (images + prior > 0) cells.push({ stratum, predicted, images, prior });
    }
  }
  const drawn = confusion.map((row) => new Array<number>(row.length).fill(0));
  return {
    groups: cells,
    measure(weights) {
      for (const row of drawn) row.fill(0);
      cells.forEach(({ stratum, predicted }, i) => (must(drawn[stratum], 'a row')[predicted] = weights[i]!));
      return of(drawn);
    },
  };
}

/** The added image: half without loss, half with the greatest loss that was seen, or that of a guess where that is greater. */
function measuredLoss(scored: Scored): Measured {
  const seen = logLosses(scored);
  const { labels, classCount } = scored;
  const sizes = sizesOf(labels, classCount);
  const worst = seen.reduce((most, loss) => Math.max(most, loss), Math.log(classCount));
  const losses = [...seen];
  const groups: Group[] = Array.from(seen, (_, i) => ({ stratum: labels[i]!, images: 1, prior: 0 }));
  sizes.forEach((size, stratum) => {
    if (size === 0) return;
    for (const loss of [0, worst]) {
      losses.push(loss);
      groups.push({ stratum, images: 0, prior: size / labels.length / 2 });
    }
  });
  return {
    groups,
    measure(weights) {
      let [sum, count] = [0, 0];
      weights.forEach((weight, i) => {
        sum += losses[i]! * weight;
        count += weight;
      });
      return count === 0 ? undefined : sum / count;
    },
  };
}

/** The added images: of each side one, half of it ranked highest and half of it lowest. */
function measuredRanking(scored: Scored, positive: number): Measured {
  const { labels, probabilities, classCount } = scored;
  const isPositive = Array.from(labels, (label) => (label === positive ? 1 : 0));
  const sides = new Set(isPositive);
  const added = [...sides].flatMap((side) => [0, 1].map((score) => ({ side, score })));
  const ranking = rank(
    {
      labels: [...isPositive, ...added.map(({ side }) => side)],
      probabilities: [
        ...isPositive.flatMap((_, i) => {
          const score = probabilities[i * classCount + positive]!;
          return [1 - score, score];
        }),
        ...added.flatMap(({ score }) => [1 - score, score]),
      ],
      classCount: 2,
    },
    1,
  );
  return {
    groups: [
      ...isPositive.map((side): Group => ({ stratum: side, images: 1, prior: 0 })),
      ...added.map(({ side }): Group => ({ stratum: side, images: 0, prior: 0.5 })),
    ],
    measure: (weights) => areaUnderRoc(ranking, weights),
  };
}

function sizesOf(labels: ArrayLike<number>, classCount: number): number[] {
  const sizes = new Array<number>(classCount).fill(0);
  for (let i = 0; i < labels.length; i++) sizes[labels[i]!]!++;
  return sizes;
}

/** Of so many images each is drawn as one, without `spread`: the interval is half a percent narrower, and ten times sooner there. */
const MANY = 200;

/** Draws weights: in each stratum a Dirichlet distribution, as independent gamma variables over their sum, times its images. */
function drawing(groups: readonly Group[], random: RandomStream): () => Float64Array {
  const strata = Uint32Array.from(groups, ({ stratum }) => stratum);
  const size = 1 + strata.reduce((most, stratum) => Math.max(most, stratum), 0);
  const images = new Float64Array(size);
  for (const group of groups) images[group.stratum]! += group.images;
  const shapes = Float64Array.from(groups, (group) => {
    const shape = group.images + group.prior;
    const among = images[group.stratum]!;
    return shape === 1 && among >= MANY ? 1 : shape * spread(among);
  });
  const sums = new Float64Array(size);
  const weights = new Float64Array(groups.length);
  return () => {
    sums.fill(0);
    for (let i = 0; i < weights.length; i++) {
      // Of one image: an exponential variable, which is quicker.
      const weight = shapes[i] === 1 ? -Math.log(1 - random.next()) : random.gamma(shapes[i]!);
      weights[i] = weight;
      sums[strata[i]!]! += weight;
    }
    for (let i = 0; i < weights.length; i++) {
      const sum = sums[strata[i]!]!;
      weights[i] = sum === 0 ? 0 : (weights[i]! / sum) * images[strata[i]!]!;
    }
    return weights;
  };
}

/**
 * What shapes are multiplied by in a class of so many images. The variance seen among n images is (n − 1)/n of the real one, and a Dirichlet
 * distribution of n images draws n/(n + 1) of what it should. Over many small classes an interval would be far too narrow. With (n − 2)/n
 * both are made up for (as in J. N. K. Rao & C. F. J. Wu, 'Resampling Inference With Complex Survey Data', JASA 1988); 2 images and 1 get as much
 * as 3.
 */
export function spread(images: number): number {
  return Math.max(images - 2, 1) / Math.max(images, 3);
}
