// A study as CSV (RFC 4180): a row for each trial.
import type { History } from '../../study/history.js';
import type { Scalar } from '../../study/parameters.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { trainingSeconds } from '../../study/training-time.js';
import { type Trial, bestReportOf } from '../../study/trial.js';
import { ownValue } from '../../system/own.js';

type Cell = Scalar | undefined;

/** Number, state, value, epochs, times, reason, every parameter, and all metrics of the best epoch. */
export function exportCsv(definition: StudyDefinition, history: History): string {
  const parameters = Object.keys(definition.space);
  const metrics = metricNames(history);
  const header = [
    'trial',
    'state',
    'value',
    'best_epoch',
    'epochs',
    'seconds',
    'source',
    'slot',
    'started',
    'ended',
    'reason',
    // Where trials are trained in folds: how many have ended; of a fold, its trial and its number from 1.
    ...(history.folds === 1 ? [] : ['folds', 'fold_of', 'fold']),
  ];
  const rows = history.trials.map((trial): Cell[] => {
    const best = bestReportOf(trial);
    return [
      trial.number,
      trial.state,
      trial.best?.value,
      trial.best?.epoch,
      trial.reports.length,
      secondsOf(trial),
      trial.source,
      trial.slot,
      time(trial.startedAt),
      time(trial.endedAt),
      reasonOf(trial),
      ...(history.folds === 1 ? [] : foldCells(trial)),
      ...parameters.map((name) => ownValue(trial.parameters, name)),
      ...metrics.map((name) => ownValue(best?.metrics, name)),
    ];
  });
  return csv(
    [...header, ...parameters.map((name) => `parameter_${name}`), ...metrics.map((name) => `metric_${name}`)],
    rows,
  );
}

function foldCells({ folds, fold }: Trial): Cell[] {
  return [folds?.length, fold?.of, fold === undefined ? undefined : fold.index + 1];
}

/** Sums of seconds have digits that mean nothing. */
function secondsOf(trial: Trial): number | undefined {
  const seconds = trainingSeconds(trial);
  return seconds === undefined ? undefined : Math.round(1000 * seconds) / 1000;
}

/** In the order in which they first appear. */
function metricNames({ trials }: History): string[] {
  const names = new Set<string>();
  for (const { reports } of trials) for (const { metrics } of reports) for (const name in metrics) names.add(name);
  return [...names];
}

function reasonOf({ outcome }: Trial): string | undefined {
  return outcome?.status === 'failed' ? `${outcome.kind}: ${outcome.message}` : outcome?.reason;
}

function time(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: Cell): string {
  const text = typeof value === 'string' ? neutral(value) : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet would take a text with this beginning for a formula; numbers are none. */
function neutral(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
