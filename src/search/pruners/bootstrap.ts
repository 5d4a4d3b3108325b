// The paired bootstrap: on how many redrawn validation sets is one trial worse than another?
import type { RandomStream } from '../../math/random.js';
import type { Cell, ClassCounts, ClassificationMetric } from './agreement.js';

export const RESAMPLES = 1000;

/** Above this mean a Poisson number is drawn as a rounded normal one. */
const MANY = 30;

/**
 * The share of resampled sets on which `own` scores below `rival`, or below a fixed bound. Both are scored on the same
 * images each time, so what is hard for both does not count as difference. Each image is drawn a Poisson(1) number of
 * times (Hanley & MacGibbon 2006), so a cell of n images has the weight Poisson(n): the cost is cells, not images.
 */
export function shareWorse(
  cells: readonly Cell[],
  metric: ClassificationMetric,
  rival: 'rival' | number,
  random: RandomStream,
): number {
  const classes = 1 + cells.reduce((most, cell) => Math.max(most, cell.label, cell.own, cell.rival), 0);
  const own = emptyCounts(classes);
  const other = { ...emptyCounts(classes), actual: own.actual };
  let worse = 0;
  for (let i = 0; i < RESAMPLES; i++) {
    for (const values of [own.actual, own.predicted, own.correct, other.predicted, other.correct]) values.fill(0);
    for (const cell of cells) {
      const weight = poisson(cell.images, random);
      add(own.actual, cell.label, weight);
      add(own.predicted, cell.own, weight);
      add(other.predicted, cell.rival, weight);
      if (cell.own === cell.label) add(own.correct, cell.label, weight);
      if (cell.rival === cell.label) add(other.correct, cell.label, weight);
    }
    if (metric(own) < (rival === 'rival' ? metric(other) : rival)) worse++;
  }
  return worse / RESAMPLES;
}

function emptyCounts(classes: number): ClassCounts {
  const zeros = (): Float64Array => new Float64Array(classes);
  return { actual: zeros(), predicted: zeros(), correct: zeros() };
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
