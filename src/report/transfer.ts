// What pre-training is worth: the best configuration beside the same one from random weights, where a study trained it so.
import { baselineOf, transferPays } from '../controller/baseline.js';
import type { History } from '../study/history.js';
import type { Trial } from '../study/trial.js';
import type { WinnerEvaluation } from './winner-evaluation.js';

export interface Transfer {
  /** The trial from random weights. */
  readonly trial: Trial;
  readonly value: number;
  /** What pre-training gains, in the objective's units: negative where it loses. */
  readonly gain: number;
  /** Whether it gains more than chance in the choice of validation images can do. */
  readonly pays: boolean;
}

/** Undefined where the study has no baseline with a value. */
export function transferOf(history: History, { value, interval }: WinnerEvaluation): Transfer | undefined {
  const trial = baselineOf(history);
  if (trial?.best === undefined || trial.outcome === undefined || trial.state === 'failed') return undefined;
  const { objective } = history;
  const gain = (objective.direction === 'maximize' ? 1 : -1) * (value - trial.best.value);
  const pays = transferPays(objective, { value, low: interval?.low, high: interval?.high }, trial.best.value);
  return { trial, value: trial.best.value, gain, pays };
}
