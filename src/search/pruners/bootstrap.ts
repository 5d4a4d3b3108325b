// The paired bootstrap: on how many redrawn validation sets is one trial worse than another?
import type { RandomStream } from '../../math/random.js';
import type { Cell, ClassCounts, ClassificationMetric } from './agreement.js';

export const RESAMPLES = 1000;

/** Above this mean a Poisson number is drawn as a rounded normal one. */
const MANY = 30;

/** Shares of resampled sets; those on which both score the same are in neither. */
export interface Shares {
  readonly less: number;
  readonly more: number;
}

/**
 * On which share of resampled sets `own` scores less, and more, than `rival` or than a fixed bound. Both are scored on
 * the same images each time, so what is hard for both does not count as difference. Each image is drawn a Poisson(1)
 * number of times (Hanley & MacGibbon 2006), so a cell of n images has the weight Poisson(n): the cost is in cells.
 */
export function shareBelow(
  cells: readonly Cell[],
  metric: ClassificationMetric,
  rival: 'rival' | number,
  random: RandomStream,
): Shares {
  const [own, other] = emptyPair(cells);
  let less = 0;
  let more = 0;
  for (let i = 0; i < RESAMPLES; i++) {
    for (const values of [own.actual, own.predicted, own.correct, other.predicted, other.correct]) values.fill(0);
    for (const cell of cells) addCell(own, other, cell, poisson(cell.images, random));
    const difference = metric(own) - (rival === 'rival' ? metric(other) : rival);
    if (difference < 0) less++;
    if (difference > 0) more++;
  }
  return { less: less / RESAMPLES, more: more / RESAMPLES };
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
  values[index] = (values[index] as number) + weight;
}

/** A Poisson number: by inversion (Devroye 1986, X.3.3), or by its normal limit where the mean is large. */
function poisson(mean: number, random: RandomStream): number {
  if (mean > MANY) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  let probability = Math.exp(-mean);
  let rest = random.next() - probability;
  let value = 0;
  while (rest >= 0 && probability > 0) {
    probability *= mean / ++value;
    rest -= probability;
  }
  return value;
}
