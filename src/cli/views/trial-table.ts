// Trials as rows of a table.
import { isBetweenFolds } from '../../study/folds.js';
import type { Trial } from '../../study/trial.js';
import { stateWord } from './trial-counts.js';
import { counted, formatMetric, formatScalar } from '../../system/format.js';
import { shortNames } from '../../dashboard/text/parameters.js';
import { widthOf } from '../../system/text-width.js';
import { alignColumns, formatBlocks, formatTable } from '../table.js';
import { ownValue } from '../../system/own.js';

/** A table in one block or more, each with its header first, and a line on names that were shortened. */
export interface TrialTable {
  readonly blocks: readonly (readonly string[])[];
  readonly names?: string;
}

export interface TrialTableOptions {
  readonly parameterNames: readonly string[];
  readonly metric: string;
  /** Whether a process runs the study; without one no trial is running. */
  readonly isRunning: boolean;
  /** In characters. */
  readonly width: number;
}

/**
 * A header and a line for each trial: number, state, best value and its epoch, epochs, parameters. In few columns the names of parameters are
 * shortened; where that is not enough, the columns that do not fit follow in blocks below.
 */
export function trialTable(
  trials: readonly Trial[],
  { parameterNames, metric, isRunning, width }: TrialTableOptions,
): TrialTable {
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
  const fixed = ['trial', 'state', metric, 'at', 'epochs'];
  const whole = formatTable([...fixed, ...parameterNames], rows);
  if (fits(whole, width)) return { blocks: [whole] };
  const short = shortNames(parameterNames);
  const shortened = alignColumns([[...fixed, ...parameterNames.map((name) => short.get(name) ?? name)], ...rows], 1, 1);
  if (!fits(shortened, width)) return { blocks: formatBlocks([...fixed, ...parameterNames], rows, width) };
  const names = [...short].filter(([name, own]) => name !== own).map(([name, own]) => `${own} ${name}`);
  return { blocks: [shortened], names: names.join(', ') };
}

function fits(lines: readonly string[], width: number): boolean {
  return lines.every((line) => widthOf(line) <= width);
}

function stateOf(trial: Trial, isRunning: boolean): string {
  const outcome = trial.outcome;
  if (outcome?.status === 'failed') return outcome.kind;
  const ended = trial.folds === undefined ? '' : `, ${counted(trial.folds.length, 'fold')}`;
  const word = isBetweenFolds(trial) ? 'in folds' : stateWord(trial.state, isRunning);
  const state = `${word}${ended}`;
  if (trial.fold !== undefined) return `${state} fold ${trial.fold.index + 1} of trial ${trial.fold.of}`;
  if (trial.source === 'baseline') return `${state} baseline`;
  return trial.source === 'confirmation' ? `${state} repeat` : state;
}
