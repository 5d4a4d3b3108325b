// Trials as rows of a table.
import type { Trial } from '../../study/trial.js';
import { stateWord } from './trial-counts.js';
import { formatMetric, formatScalar } from '../../system/format.js';
import { formatTable } from '../table.js';
import { ownValue } from '../../system/own.js';

/**
 * A header and a line for each trial: number, state, best value and its epoch, epochs, parameters.
 * @param isRunning whether a process runs the study; without one no trial is.
 */
export function trialTable(
  trials: readonly Trial[],
  parameterNames: readonly string[],
  metric: string,
  isRunning: boolean,
): string[] {
  const rows = trials.map((trial) => [
    String(trial.number),
    stateOf(trial, isRunning),
    trial.best === undefined ? '–' : formatMetric(trial.best.value),
    trial.best === undefined ? '–' : String(trial.best.epoch),
    String(trial.reports.length),
    ...parameterNames.map((name) => {
      const value = ownValue(trial.parameters, name);
      return value === undefined ? '–' : formatScalar(value);
    }),
  ]);
  return formatTable(['trial', 'state', metric, 'at', 'epochs', ...parameterNames], rows);
}

function stateOf(trial: Trial, isRunning: boolean): string {
  const outcome = trial.outcome;
  if (outcome?.status === 'failed') return outcome.kind;
  const state = stateWord(trial.state, isRunning);
  if (trial.source === 'baseline') return `${state} baseline`;
  return trial.source === 'confirmation' ? `${state} repeat` : state;
}
