// Trials as rows of a table.
import type { Trial } from '../../study/trial.js';
import { formatMetric, formatScalar, formatTable } from '../format.js';

/** A header and a line for each trial: number, state, best value and its epoch, epochs, parameters. */
export function trialTable(trials: readonly Trial[], parameterNames: readonly string[], metric: string): string[] {
  const rows = trials.map((trial) => [
    String(trial.number),
    stateOf(trial),
    trial.best === undefined ? '–' : formatMetric(trial.best.value),
    trial.best === undefined ? '–' : String(trial.best.epoch),
    String(trial.reports.length),
    ...parameterNames.map((name) => {
      const value = trial.parameters[name];
      return value === undefined ? '–' : formatScalar(value);
    }),
  ]);
  return formatTable(['trial', 'state', metric, 'at', 'epochs', ...parameterNames], rows);
}

function stateOf(trial: Trial): string {
  const outcome = trial.outcome;
  if (outcome?.status === 'failed') return outcome.kind;
  if (trial.source === 'baseline') return `${trial.state} baseline`;
  return trial.source === 'confirmation' ? `${trial.state} repeat` : trial.state;
}
