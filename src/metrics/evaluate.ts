// All metrics of a model on labelled images.
import { must } from '../system/must.js';
import { type Confusion, type Scored, confusionOf, predictionsOf } from './confusion.js';
import { classMetric, positiveIndex } from './metric-names.js';
import { areaUnderRoc, logLoss, rank } from './probabilistic.js';
import { type ClassScores, accuracy, balancedAccuracy, classScores, macro, weighted } from './scores.js';

export interface Evaluation {
  /** Finite numbers by name, see `metricNames`; `rocAuc` is left out where the images are all of one side. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly confusion: Confusion;
  /** The predicted class of each image, in the order given. */
  readonly predictions: Int32Array;
  /** By class. */
  readonly perClass: readonly ClassScores[];
}

/**
 * Evaluates a model by the probabilities it gave.
 * @param classes their names; `scored.classCount` of them.
 * @param positiveClass the class that positivePrecision, positiveRecall, positiveF1 and rocAuc are about; of two classes
 * the second by default. Of more than two, ROC is this class against the rest.
 * @throws HpoError ERR_DIVERGED where a probability is not finite.
 */
export function evaluate(scored: Scored, classes: readonly string[], positiveClass?: string): Evaluation {
  if (classes.length !== scored.classCount) {
    throw new RangeError(`expected ${scored.classCount} class names, got ${classes.length}`);
  }
  const positive = positiveIndex(classes, positiveClass);
  if (positiveClass !== undefined && positive === undefined) {
    throw new RangeError(
      `expected one of the classes ${classes.join(', ')} as the positive one, got '${positiveClass}'`,
    );
  }
  const predictions = predictionsOf(scored);
  const confusion = confusionOf(scored.labels, predictions, scored.classCount);
  const perClass = classScores(confusion);
  const metrics: Record<string, number> = {
    accuracy: accuracy(confusion),
    balancedAccuracy: balancedAccuracy(confusion),
    macroPrecision: macro(confusion, 'precision'),
    macroRecall: macro(confusion, 'recall'),
    macroF1: macro(confusion, 'f1'),
    weightedPrecision: weighted(confusion, 'precision'),
    weightedRecall: weighted(confusion, 'recall'),
    weightedF1: weighted(confusion, 'f1'),
    logLoss: logLoss(scored),
    ...(positive === undefined
      ? {}
      : positiveMetrics(scored, positive, must(perClass[positive], 'scores of the class'))),
  };
  perClass.forEach(({ precision, recall, f1 }, k) => {
    const name = must(classes[k], 'the name of the class');
    metrics[classMetric('precision', name)] = precision;
    metrics[classMetric('recall', name)] = recall;
    metrics[classMetric('f1', name)] = f1;
  });
  return { metrics, confusion, predictions, perClass };
}

function positiveMetrics(scored: Scored, positive: number, scores: ClassScores): Record<string, number> {
  const area = areaUnderRoc(rank(scored, positive));
  return {
    positivePrecision: scores.precision,
    positiveRecall: scores.recall,
    positiveF1: scores.f1,
    ...(area === undefined ? {} : { rocAuc: area }),
  };
}
