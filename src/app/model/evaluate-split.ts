// Evaluates a finished model on a split of its images.
import { sourceOf } from '../../images/indexing/image-index.js';
import { readPixels } from '../../images/pixels.js';
import type { Confusion } from '../../metrics/confusion.js';
import { evaluate } from '../../metrics/evaluate.js';
import {
  scoredOf,
  type ModelEvaluation,
  type ModelEvaluationOptions,
  evaluateModel,
} from '../../trainer/evaluation.js';
import type { OpenClassifier } from './open-classifier.js';

export interface SplitResult extends ModelEvaluation {
  readonly metrics: Readonly<Record<string, number>>;
  readonly confusion: Confusion;
}

export async function evaluateSplit(classifier: OpenClassifier, options: ModelEvaluationOptions): Promise<SplitResult> {
  const { index, split, positiveClass } = options;
  const { classes, inputSize, resize } = classifier;
  const entries = index.splits[split];
  /** [images, classes], row by row. */
  const probabilities = new Float32Array(entries.length * classes.length);
  for (const [i, entry] of entries.entries()) {
    const pixels = await readPixels(sourceOf(index, split, entry), inputSize, resize);
    probabilities.set(await classifier.probabilities(pixels), i * classes.length);
  }
  const { metrics, confusion } = evaluate(scoredOf(index, split, probabilities), classes, positiveClass);
  return { ...evaluateModel(options, probabilities), metrics, confusion };
}
