// Evaluates a finished model on a split of its images.
import { classOf, entriesOf, sourceOf } from '../../images/indexing/image-index.js';
import { readPixels } from '../../images/pixels.js';
import type { Confusion } from '../../metrics/confusion.js';
import { type SliceScore, type Slicing, sliceScores } from '../../metrics/slice-scores.js';
import { evaluate } from '../../metrics/evaluate.js';
import {
  scoredOf,
  type ModelEvaluation,
  type ModelEvaluationOptions,
  evaluateModel,
} from '../../trainer/evaluation.js';
import { isMultilabel } from '../../study/task.js';
import type { MultilabelDetail } from '../../study/trial.js';
import { labelMetricsOf } from '../../trainer/label-evaluation.js';
import type { OpenClassifier } from './open-classifier.js';

export interface SplitResult extends ModelEvaluation {
  readonly metrics: Readonly<Record<string, number>>;
  /** Missing where images have several labels. */
  readonly confusion?: Confusion;
  /** Of images with several labels: a table of 2 × 2 for each. */
  readonly labels?: MultilabelDetail['labels'];
  /** Worst first; missing where the images have none. */
  readonly slices?: readonly SliceScore[];
}

/** @param options where they have no thresholds, labels are given by those that are chosen on other images of the split. */
export async function evaluateSplit(
  classifier: OpenClassifier,
  options: ModelEvaluationOptions,
  slicings: readonly Slicing[] = [],
): Promise<SplitResult> {
  const { index, split, positiveClass } = options;
  const { classes, inputSize, resize } = classifier;
  const entries = entriesOf(index, split);
  /** [images, classes], row by row. */
  const probabilities = new Float32Array(entries.length * classes.length);
  for (const [i, entry] of entries.entries()) {
    const pixels = await readPixels(sourceOf(index, split, entry), inputSize, resize);
    probabilities.set(await classifier.probabilities(pixels), i * classes.length);
  }
  if (isMultilabel(index)) {
    const { metrics, detail } = labelMetricsOf(index, split, probabilities, options.thresholds);
    return {
      ...evaluateModel(options, probabilities),
      metrics,
      ...(detail.labels === undefined ? {} : { labels: detail.labels }),
    };
  }
  const { metrics, confusion, predictions } = evaluate(scoredOf(index, split, probabilities), classes, positiveClass);
  const slices = slicings.length === 0 ? {} : { slices: sliceScores(entries.map(classOf), [...predictions], slicings) };
  return { ...evaluateModel(options, probabilities), metrics, confusion, ...slices };
}
