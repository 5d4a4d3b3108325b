// The metrics that a report carries, by name, and which way each is better.

/** Metrics of every study. */
export const COMMON_METRICS = [
  'accuracy',
  'balancedAccuracy',
  'macroPrecision',
  'macroRecall',
  'macroF1',
  'weightedPrecision',
  'weightedRecall',
  'weightedF1',
  'logLoss',
] as const;

/** Metrics of the class that is named positive, or the second of two. */
export const POSITIVE_METRICS = ['positivePrecision', 'positiveRecall', 'positiveF1', 'rocAuc'] as const;

/** Metrics of each class, followed by `/` and its name. */
export const CLASS_METRICS = ['precision', 'recall', 'f1'] as const;

/** The name of a class's metric, such as `f1/ants`. */
export function classMetric(metric: (typeof CLASS_METRICS)[number], className: string): string {
  return `${metric}/${className}`;
}

/** The index of the positive class: the named one, or the second of two; undefined where there is none. */
export function positiveIndex(classes: readonly string[], positiveClass?: string): number | undefined {
  if (positiveClass === undefined) return classes.length === 2 ? 1 : undefined;
  const index = classes.indexOf(positiveClass);
  return index < 0 ? undefined : index;
}

/** Every metric that `evaluate` gives for these classes. */
export function metricNames(classes: readonly string[], positiveClass?: string): string[] {
  const isPositive = positiveIndex(classes, positiveClass) !== undefined;
  return [
    ...COMMON_METRICS,
    ...(isPositive ? POSITIVE_METRICS : []),
    ...classes.flatMap((name) => CLASS_METRICS.map((metric) => classMetric(metric, name))),
  ];
}

/** Metrics of images with several labels each. `meanRocAuc` is missing where all images have every label, or none. */
const MULTILABEL_METRICS = [
  'meanAveragePrecision',
  'meanRocAuc',
  'macroPrecision',
  'macroRecall',
  'macroF1',
  'microPrecision',
  'microRecall',
  'microF1',
  'weightedF1',
  'exactMatch',
  'logLoss',
] as const;

/** Metrics of each label, followed by `/` and its name. */
export const LABEL_METRICS = [...CLASS_METRICS, 'averagePrecision', 'rocAuc'] as const;

/** The name of a label's metric, such as `averagePrecision/boat`. */
export function labelMetric(metric: (typeof LABEL_METRICS)[number], label: string): string {
  return `${metric}/${label}`;
}

/** Every metric that `evaluateLabels` gives for these labels. */
export function labelMetricNames(labels: readonly string[]): string[] {
  return [...MULTILABEL_METRICS, ...labels.flatMap((name) => LABEL_METRICS.map((metric) => labelMetric(metric, name)))];
}

/** Metrics of the labelled images of another domain: the names of the others with this in front. */
const TARGET = 'target/';

/** The name of a metric on the target's images, such as `target/macroF1`. */
export function targetMetric(metric: string): string {
  return `${TARGET}${metric}`;
}

export function isTargetMetric(metric: string): boolean {
  return metric.startsWith(TARGET);
}

/** The metric's name, whatever images it is about. */
export function metricOfSplit(metric: string): string {
  return isTargetMetric(metric) ? metric.slice(TARGET.length) : metric;
}

/** Whether a metric is of all images, not of one class or label; of either domain. */
export function isOverallMetric(metric: string): boolean {
  return !metricOfSplit(metric).includes('/');
}

/** The objective's metric on the images of the other domain, by its name in the report; undefined where that has none. */
export function otherDomainScore(
  objective: string,
  metrics: Readonly<Record<string, number>>,
): { readonly name: string; readonly value: number } | undefined {
  const name = isTargetMetric(objective) ? metricOfSplit(objective) : targetMetric(objective);
  const value = metrics[name];
  return value === undefined ? undefined : { name, value };
}

/** Losses are better when smaller, all other metrics when larger. */
export function directionOf(metric: string): 'maximize' | 'minimize' {
  const own = metricOfSplit(metric);
  return own === 'logLoss' || own === 'loss' ? 'minimize' : 'maximize';
}
