// The paired bootstrap: on how many redrawn validation sets is one trial worse than another?
import { must } from '../../system/must.js';
import type { RandomStream } from '../../math/random.js';
import type { ClassCounts } from '../../metrics/class-counts.js';
import type { Cell, ClassificationMetric } from './agreement.js';

/** The most validation sets that are drawn, and after how many it is looked whether the answer is plain already. */
const MOST = 1000;
const STEP = 100;

/** The share so far is plain when it is so many standard errors away from the one needed. */
const PLAIN = 4;

/** Above this mean a Poisson number is drawn as a rounded normal one. */
const MANY = 30;

export interface Question {
  readonly cells: readonly Cell[];
  readonly metric: ClassificationMetric;
  /** What `own` is compared with: the rival's predictions of the same images, or a fixed value of the metric. */
  readonly against: 'rival' | number;
  /** Whether more of the metric is better. */
  readonly maximize: boolean;
  /** The share of sets in question, in (0, 1). */
  readonly needed: number;
}

export interface Count {
  /** Sets on which `own` scores worse; equal is not worse. */
  readonly worse: number;
  readonly sets: number;
}

/**
 * Both are scored on the same images each time, so what is hard for both does not count as difference. Each image is
 * drawn a Poisson(1) number of times (Hanley & MacGibbon 2006), so a cell of n images has the weight Poisson(n): the
 * cost is in cells. Ends before the last set where the share is plainly above or below the one needed.
 */
export function countWorse({ cells, metric, against, maximize, needed }: Question, random: RandomStream): Count {
  const [own, other] = emptyPair(cells);
  const noneOf = Float64Array.from(cells, ({ images }) => Math.exp(-images));
  let worse = 0;
  for (let sets = 1; ; sets++) {
    for (const values of [own.actual, own.predicted, own.correct, other.predicted, other.correct]) values.fill(0);
    for (let i = 0; i < cells.length; i++) {
      const cell = must(cells[i], 'a cell of the confusion matrices');
      const weight = poisson(cell.images, noneOf[i]!, random);
      if (weight > 0) addCell(own, other, cell, weight);
    }
    const gain = metric(own) - (against === 'rival' ? metric(other) : against);
    if (maximize ? gain < 0 : gain > 0) worse++;
    if (sets % STEP > 0) continue;
    const error = Math.sqrt((needed * (1 - needed)) / sets);
    if (sets === MOST || Math.abs(worse / sets - needed) > PLAIN * error) return { worse, sets };
  }
}

/** The metric of `own` on the images as they are. */
export function scoreOf(cells: readonly Cell[], metric: ClassificationMetric): number {
  const [own, other] = emptyPair(cells);
  for (const cell of cells) addCell(own, other, cell, cell.images);
  return metric(own);
}

/** Counts of `own` and `rival`; the actual classes are the same and shared. */
function emptyPair(cells: readonly Cell[]): [ClassCounts, ClassCounts] {
  const classes = 1 + cells.reduce((most, cell) => Math.max(most, cell.label, cell.own, cell.rival), 0);
  const zeros = (): Float64Array => new Float64Array(classes);
  const actual = zeros();
  return [
    { actual, predicted: zeros(), correct: zeros() },
    { actual, predicted: zeros(), correct: zeros() },
  ];
}

function addCell(own: ClassCounts, other: ClassCounts, cell: Cell, weight: number): void {
  add(own.actual, cell.label, weight);
  add(own.predicted, cell.own, weight);
  add(other.predicted, cell.rival, weight);
  if (cell.own === cell.label) add(own.correct, cell.label, weight);
  if (cell.rival === cell.label) add(other.correct, cell.label, weight);
}

function add(values: Float64Array, index: number, weight: number): void {
  values[index] = values[index]! + weight;
}

/**
 * A Poisson number: by inversion (Devroye 1986, X.3.3), or by its normal limit where the mean is large.
 * @param none the probability of 0, e^−mean.
 */
function poisson(mean: number, none: number, random: RandomStream): number {
  if (mean > MANY) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  let probability = none;
  let rest = random.next() - probability;
  let value = 0;
  while (rest >= 0 && probability > 0) {
    probability *= mean / ++value;
    rest -= probability;
  }
  return value;
}
