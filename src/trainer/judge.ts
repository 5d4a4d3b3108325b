// Judges a network's outputs for a split of the study's images: the metrics of a report, and what they are made of.
import { HpoError } from '../study/errors.js';
import type { Objective } from '../study/objective.js';
import type { ImageIndex, Split } from '../images/indexing/image-index.js';
import type { Judge } from './finetune/workbench.js';
import type { Scored } from '../metrics/confusion.js';
import { evaluate } from '../metrics/evaluate.js';
import { directionOf, metricNames } from '../metrics/metric-names.js';

/** A split's probabilities [images, classes] with its labels. */
export function scoredOf(index: ImageIndex, split: Split, probabilities: Float32Array): Scored {
  const labels = Int32Array.from(index.splits[split], ({ label }) => label);
  return { labels, probabilities, classCount: index.classes.length };
}

/** The judge of a split's images, given in the order of the index. */
export function judgeOf(index: ImageIndex, split: Split, positiveClass: string | undefined): Judge {
  return (probabilities) => {
    const { metrics, confusion, predictions } = evaluate(
      scoredOf(index, split, probabilities),
      index.classes,
      positiveClass,
    );
    return { metrics, detail: { confusion: confusion.map((row) => [...row]), predictions: [...predictions] } };
  };
}

/** Throws ERR_STUDY_INVALID where the reports of these classes will not have the objective's metric, or its direction is odd. */
export function checkObjective(
  { metric, direction }: Objective,
  classes: readonly string[],
  positiveClass: string | undefined,
): void {
  if (positiveClass !== undefined && !classes.includes(positiveClass)) {
    throw new HpoError(
      'ERR_STUDY_INVALID',
      `objective.positiveClass: expected one of ${classes.join(', ')}, found '${positiveClass}'`,
    );
  }
  const names = [...metricNames(classes, positiveClass), 'trainLoss'];
  if (!names.includes(metric)) {
    throw new HpoError('ERR_STUDY_INVALID', `objective.metric: expected one of ${names.join(', ')}, found '${metric}'`);
  }
  const expected = metric === 'trainLoss' ? 'minimize' : directionOf(metric);
  if (direction !== expected) {
    throw new HpoError(
      'ERR_STUDY_INVALID',
      `objective.direction: expected '${expected}' for ${metric}, found '${direction}'`,
    );
  }
}
