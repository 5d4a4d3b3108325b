// Metrics that follow from counts alone, by name: what can be computed again from predicted classes.
import { CLASS_SCORES, type ClassCounts, type ClassScore, accuracyOf, macroOf, ratio } from './class-counts.js';
import { CLASS_METRICS, classMetric, positiveIndex } from './metric-names.js';

/** In [0, 1], more is better. */
export type CountMetric = (counts: ClassCounts) => number;

const OVERALL: ReadonlyMap<string, CountMetric> = new Map<string, CountMetric>([
  ['accuracy', accuracyOf],
  ['balancedAccuracy', balancedAccuracyOf],
  ['macroF1', (counts) => macroOf(counts, 'f1')],
  ['macroPrecision', (counts) => macroOf(counts, 'precision')],
  ['macroRecall', (counts) => macroOf(counts, 'recall')],
  ['weightedF1', (counts) => weightedOf(counts, 'f1')],
  ['weightedPrecision', (counts) => weightedOf(counts, 'precision')],
  ['weightedRecall', (counts) => weightedOf(counts, 'recall')],
]);

const POSITIVE: ReadonlyMap<string, ClassScore> = new Map<string, ClassScore>([
  ['positivePrecision', 'precision'],
  ['positiveRecall', 'recall'],
  ['positiveF1', 'f1'],
]);

/** Undefined for a metric that needs probabilities, or that these classes do not have. The values are those of `evaluate`. */
export function countMetric(
  metric: string,
  classes: readonly string[],
  positiveClass?: string,
): CountMetric | undefined {
  const overall = OVERALL.get(metric);
  if (overall !== undefined) return overall;
  const ofPositive = POSITIVE.get(metric);
  const positive = positiveIndex(classes, positiveClass);
  if (ofPositive !== undefined) return positive === undefined ? undefined : ofClass(positive, ofPositive);
  for (const score of CLASS_METRICS) {
    const k = classes.findIndex((name) => metric === classMetric(score, name));
    if (k >= 0) return ofClass(k, score);
  }
  return undefined;
}

function ofClass(k: number, score: ClassScore): CountMetric {
  return ({ actual, predicted, correct }) => CLASS_SCORES[score](actual[k] ?? 0, predicted[k] ?? 0, correct[k] ?? 0);
}

/** Mean recall of the classes that have images. */
function balancedAccuracyOf({ actual, correct }: ClassCounts): number {
  let [total, classes] = [0, 0];
  for (let k = 0; k < actual.length; k++) {
    const images = actual[k]!;
    if (images === 0) continue;
    total += ratio(correct[k]!, images);
    classes++;
  }
  return ratio(total, classes);
}

/** Mean over classes, each counting by its images. */
function weightedOf({ actual, predicted, correct }: ClassCounts, score: ClassScore): number {
  let [total, images] = [0, 0];
  for (let k = 0; k < actual.length; k++) {
    const size = actual[k]!;
    total += size * CLASS_SCORES[score](size, predicted[k]!, correct[k]!);
    images += size;
  }
  return ratio(total, images);
}
