// The trial to go with, for people and for programs.
import { type Contender, winnerOf } from '../../controller/confirmation.js';
import type { Parameters } from '../../study/parameters.js';
import type { Report, Trial } from '../../study/trial.js';
import { formatMetric, formatScalar } from '../format.js';
import { plannedTrials } from '../planned-trials.js';
import { type StudyView, finishedTrials } from '../read-study.js';
import type { Style } from '../style.js';
import { classTable, confusionTable } from './class-table.js';

/** Null where no trial has a value yet. */
export function bestTrialJson(study: StudyView): object | null {
  const winner = winnerOf(study.history);
  if (winner === undefined) return null;
  const { trial, values, mean } = winner;
  const report = bestReport(trial);
  return {
    trial: trial.number,
    state: trial.state,
    value: trial.best?.value ?? null,
    epoch: trial.best?.epoch ?? null,
    ...(values.length > 1 ? { repeats: values, mean } : {}),
    parameters: trial.parameters,
    metrics: report?.metrics ?? {},
    confusion: report?.detail?.confusion ?? null,
    classes: study.record.images?.classes ?? null,
  };
}

/** Undefined where no trial has a value yet. */
export function bestTrialLines(study: StudyView, style: Style): string[] | undefined {
  const winner = winnerOf(study.history);
  if (winner === undefined) return undefined;
  const { trial } = winner;
  const report = bestReport(trial);
  const confusion = report?.detail?.confusion;
  const classes = study.record.images?.classes ?? [];
  const { metric } = study.history.objective;
  return [
    `${bestLine(winner, metric, style)} (${finishedTrials(study.history)} of ${plannedTrials(study.definition)} trials done)`,
    '',
    ...parameterLines(trial.parameters),
    ...(report === undefined ? [] : ['', ...metricLines(report, metric)]),
    ...(confusion === undefined
      ? []
      : ['', ...classTable(confusion, classes), '', ...confusionTable(confusion, classes)]),
  ];
}

/** "trial 7: macroF1 0.9131 at epoch 9". */
export function bestLine({ trial, values, mean }: Contender, metric: string, style: Style): string {
  const { value, epoch } = trial.best as NonNullable<Trial['best']>;
  const repeated = values.length > 1 ? `, mean ${formatMetric(mean)} of ${values.length} runs` : '';
  return `trial ${trial.number}: ${metric} ${style.bold(formatMetric(value))} at epoch ${epoch}${repeated}`;
}

export function parameterLines(parameters: Parameters): string[] {
  const width = Math.max(0, ...Object.keys(parameters).map((name) => name.length));
  return Object.entries(parameters).map(([name, value]) => `  ${name.padEnd(width)}  ${formatScalar(value)}`);
}

function bestReport(trial: Trial): Report | undefined {
  return trial.reports[(trial.best?.epoch ?? 0) - 1];
}

/** The metrics of the best epoch; not the objective, which was told already, nor those of single classes, which have a table. */
function metricLines({ metrics }: Report, objective: string): string[] {
  const others = Object.entries(metrics).filter(([name]) => name !== objective && !name.includes('/'));
  const width = Math.max(0, ...others.map(([name]) => name.length));
  return others.map(([name, value]) => `  ${name.padEnd(width)}  ${formatMetric(value)}`);
}
