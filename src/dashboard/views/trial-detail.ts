// One trial in full: how it went, its parameters beside the best trial's, its curve, its metrics, its confusions.
import { bestReportOf } from '../../study/trial.js';
import { foldsText } from '../../study/folds.js';
import { valueOf } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';
import { SOURCE_FACTS, STATE_SIGNS } from '../model/columns.js';
import { slotName } from '../model/slot-name.js';
import { trainingSeconds } from '../../study/training-time.js';
import type { StudyModel } from '../model/study-model.js';
import { Canvas } from '../text/canvas.js';
import { counted, formatDuration, formatMetric, formatScalar } from '../../system/format.js';
import { isOverallMetric } from '../../metrics/metric-names.js';
import { type Line, fitLine, heading, span } from '../text/line.js';
import { rangeOf } from '../text/sparkline.js';
import { fit, oneLine, wrap } from '../../system/text-width.js';
import { confusionLines } from './confusion.js';
import { labelLines } from './label-lines.js';
import { ownValue } from '../../system/own.js';

/** Every line below the heading; the screen shows as many as fit. */
export function trialDetail(model: StudyModel, trial: Trial, width: number): Line[] {
  const reference = model.reference?.number === trial.number ? undefined : model.reference;
  const lines = [
    ...summary(model, trial, width),
    ...parameters(trial, reference, width),
    ...curve(model, trial, reference, width),
    ...metrics(trial, width),
    ...confusion(trial, model.facts.classNames, width),
  ];
  return lines.map((line) => fitLine(line, width));
}

function summary(model: StudyModel, trial: Trial, width: number): Line[] {
  const { sign, word, tone } = STATE_SIGNS[trial.state];
  const seconds = trainingSeconds(trial);
  const facts = [
    trial.best === undefined
      ? undefined
      : `${oneLine(model.facts.objective.metric)} ${formatMetric(trial.best.value)} at epoch ${trial.best.epoch}`,
    foldsText(trial, model.history.folds),
    counted(trial.reports.length, 'epoch'),
    seconds === undefined ? undefined : formatDuration(seconds),
    trial.slot === undefined ? undefined : slotName(trial.slot),
    SOURCE_FACTS[trial.source],
  ].filter((fact): fact is string => fact !== undefined);
  const lines: Line[] = [[span(`${sign} ${word}`, tone), span(` · ${facts.join(' · ')}`)]];
  const { outcome } = trial;
  const reason = outcome?.status === 'failed' ? `${outcome.kind}: ${outcome.message}` : outcome?.reason;
  if (reason !== undefined) lines.push(...wrap(oneLine(reason), width, 3).map((line): Line => [span(line, tone)]));
  if (trial.note !== undefined) {
    lines.push(...wrap(`why: ${oneLine(trial.note)}`, width, 2).map((line): Line => [span(line, 'muted')]));
  }
  return lines;
}

function parameters(trial: Trial, reference: Trial | undefined, width: number): Line[] {
  const entries = Object.entries(trial.parameters);
  const nameWidth = Math.min(Math.max(0, ...entries.map(([name]) => name.length)) + 1, Math.floor(width / 2));
  const right: Line = reference === undefined ? [] : [span(`best: trial ${reference.number} `, 'muted')];
  return [
    heading('parameters', width, right),
    ...entries.map(([name, value]): Line => {
      const other = ownValue(reference?.parameters, name);
      const beside = reference === undefined || other === value ? '' : other === undefined ? '·' : formatScalar(other);
      return [span(fit(oneLine(name), nameWidth)), span(fit(formatScalar(value), 14), 'strong'), span(beside, 'best')];
    }),
  ];
}

const CURVE_ROWS = 6;
const LABEL = 8;

function curve(model: StudyModel, trial: Trial, reference: Trial | undefined, width: number): Line[] {
  const { objective } = model.facts;
  const own = trial.reports.map((report) => valueOf(objective, report));
  const other = reference?.reports.map((report) => valueOf(objective, report)) ?? [];
  const range = rangeOf([...own, ...other]);
  if (range === undefined) return [];
  const epochs = Math.max(own.length, other.length, 2);
  const canvas = new Canvas(Math.max(1, Math.min(width - LABEL - 1, 100)), CURVE_ROWS);
  const draw = (values: readonly (number | undefined)[], tone: 'best' | 'running'): void => {
    let previous: { readonly x: number; readonly y: number } | undefined;
    values.forEach((value, i) => {
      if (value === undefined) return;
      const share = range.high > range.low ? (value - range.low) / (range.high - range.low) : 0.5;
      const point = { x: (i / (epochs - 1)) * (canvas.dotsWide - 1), y: share * (canvas.dotsHigh - 1) };
      const from = previous ?? point;
      canvas.stroke(from.x, from.y, point.x, point.y, tone);
      previous = point;
    });
  };
  draw(other, 'best');
  draw(own, 'running');
  const legend: Line =
    reference === undefined
      ? []
      : [span('─', 'running'), span(' this '), span('─', 'best'), span(` trial ${reference.number} `)];
  return [
    heading(`${oneLine(objective.metric)} by epoch`, width, legend),
    ...canvas.lines().map((line, row): Line => {
      const label = row === 0 ? formatMetric(range.high) : row === CURVE_ROWS - 1 ? formatMetric(range.low) : '';
      return [span(fit(label, LABEL, 'right'), 'muted'), span('│', 'muted'), ...line];
    }),
    [span(`${' '.repeat(LABEL)}└1${fit(`epoch ${epochs}`, canvas.columns - 1, 'right')}`, 'muted')],
  ];
}

function metrics(trial: Trial, width: number): Line[] {
  const report = bestReportOf(trial) ?? trial.reports.at(-1);
  // Those of single classes stand beside the confusions.
  const entries = Object.entries(report?.metrics ?? {}).filter(([name]) => isOverallMetric(name));
  if (report === undefined || entries.length === 0) return [];
  const cells = entries.map(([name, value]) => `${oneLine(name)} ${formatMetric(value)}`);
  return [
    heading(`metrics at epoch ${report.epoch}`, width),
    ...wrap(cells.join(' · '), width, 6).map((line): Line => [span(line)]),
  ];
}

function confusion(trial: Trial, classNames: readonly string[] | undefined, width: number): Line[] {
  const report = bestReportOf(trial) ?? trial.reports.at(-1);
  const matrix = report?.detail?.confusion;
  const labels = report?.detail?.labels;
  if (report !== undefined && labels !== undefined) return labelLines(labels, classNames, report.epoch, width);
  if (report === undefined || matrix === undefined || matrix.length === 0) return [];
  return confusionLines(matrix, classNames, report.epoch, width);
}
