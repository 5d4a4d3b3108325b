// How sure the difference between two models is, from their predictions for the same images.
import type { RandomStream } from '../math/random.js';
import type { ClassCounts } from './class-counts.js';
import type { CountMetric } from './count-metrics.js';

const RESAMPLES = 300;

export interface PairedQuestion {
  /** The class of each image. */
  readonly labels: readonly number[];
  /** How many classes there are. */
  readonly classes: number;
  readonly measure: CountMetric;
  readonly random: RandomStream;
}

/** The standard error of the difference of a metric, by the bootstrap: both are scored on the same images each time. */
export function pairedError(
  { labels, classes, measure, random }: PairedQuestion,
  one: readonly number[],
  other: readonly number[],
): number {
  const n = labels.length;
  const drawn = new Uint32Array(n);
  const differences: number[] = [];
  const score = (predictions: readonly number[]): number => {
    const zeros = (): Float64Array => new Float64Array(classes);
    const counts: ClassCounts = { actual: zeros(), predicted: zeros(), correct: zeros() };
    for (let i = 0; i < n; i++) {
      const image = Math.floor((drawn[i]! / 2 ** 32) * n);
      const [label, said] = [labels[image]!, predictions[image]!];
      counts.actual[label]! += 1;
      counts.predicted[said]! += 1;
      if (label === said) counts.correct[label]! += 1;
    }
    return measure(counts);
  };
  for (let resample = 0; resample < RESAMPLES; resample++) {
    random.fillUint32(drawn);
    differences.push(score(one) - score(other));
  }
  const mean = differences.reduce((sum, value) => sum + value, 0) / RESAMPLES;
  return Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (RESAMPLES - 1));
}
