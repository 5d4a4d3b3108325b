// The number that a study is about: which metric, and whether more or less of it is better.
import type { Report } from './trial.js';
import { ownValue } from '../system/own.js';

export interface Objective {
  /** A name in every report's `metrics`. */
  readonly metric: string;
  readonly direction: 'maximize' | 'minimize';
}

/** Whether `value` beats `other`; equal values do not beat each other. */
export function isBetter(objective: Objective, value: number, other: number): boolean {
  return objective.direction === 'maximize' ? value > other : value < other;
}

/** The objective's value in a report, or undefined where the metric is missing or not finite. */
export function valueOf(objective: Objective, report: Report): number | undefined {
  const value = ownValue(report.metrics, objective.metric);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
