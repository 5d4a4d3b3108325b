// What a trial's best epoch gave on the images that it was chosen by, for a model card: those of validation, and those of the target.
import { isTargetMetric, metricOfSplit } from '../../metrics/metric-names.js';
import type { SliceScore } from '../../metrics/slice-scores.js';
import type { Report } from '../../study/trial.js';
import type { TrialEvaluation } from '../winner.js';
import type { CardResult } from './model-card.js';

/**
 * Metrics such as `target/macroF1` are those of the target's images. What else is known is of the images that the objective is about.
 * @param metric of the objective.
 */
export function heldResults(
  metric: string,
  { metrics, detail }: Pick<Report, 'metrics' | 'detail'>,
  evaluation: TrialEvaluation | undefined,
  slices: readonly SliceScore[] = [],
): CardResult[] {
  const own: Record<string, number> = {};
  const target: Record<string, number> = {};
  for (const [name, value] of Object.entries(metrics)) {
    (isTargetMetric(name) ? target : own)[metricOfSplit(name)] = value;
  }
  const known = { ...evaluation, ...matrixOf(detail), ...(slices.length === 0 ? {} : { slices }) };
  const isOfTarget = isTargetMetric(metric);
  return [
    { ...(isOfTarget ? {} : known), split: 'validation', metrics: own },
    ...(Object.keys(target).length === 0
      ? []
      : [{ ...(isOfTarget ? known : {}), split: 'targetValidation' as const, metrics: target }]),
  ];
}

function matrixOf(detail: Report['detail']): Pick<CardResult, 'confusion' | 'labels'> {
  if (detail === undefined) return {};
  return detail.confusion === undefined ? { labels: detail.labels } : { confusion: detail.confusion };
}
