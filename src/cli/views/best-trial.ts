// The trial to go with, for people and for programs.
import { must } from '../../system/must.js';
import { choiceText } from '../../controller/choice.js';
import { type Contender, leaderOf, noiseOf } from '../../controller/confirmation.js';
import { trialSnapshot } from '../../store/snapshot.js';
import type { History } from '../../study/history.js';
import type { Parameters } from '../../study/parameters.js';
import { type Report, type Trial, bestReportOf } from '../../study/trial.js';
import type { ModelEvaluation } from '../../trainer/evaluation.js';
import { splitWords } from '../../images/indexing/image-index.js';
import { isOverallMetric } from '../../metrics/metric-names.js';
import { limitsOfFewImages } from '../../metrics/few-images.js';
import { counted, formatMetric, formatScalar } from '../../system/format.js';
import { plannedTrials } from '../../study/planned-trials.js';
import { type StudyView, finishedTrials } from '../../app/files/read-study.js';
import type { Style } from '../style.js';
import { expectedValueOf } from '../../controller/expected-value.js';
import {
  type TrialEvaluation,
  baselineResult,
  expectedJson,
  expectedText,
  intervalBasis,
  intervalText,
} from '../../app/winner.js';
import { winnerSlices } from '../../controller/winner-slices.js';
import { sliceTable } from './slices.js';
import { mistakeLines } from './mistakes.js';
import { baselineLines } from './baseline.js';
import { stateWord } from './trial-counts.js';
import { resultTables } from './class-table.js';

/** Null where no trial has a value yet. */
export function bestTrialJson(study: StudyView, evaluation?: TrialEvaluation): object | null {
  const winner = leaderOf(study.history);
  if (winner === undefined) return null;
  const { trial, values, mean } = winner;
  const report = bestReportOf(trial);
  return {
    ...trialSnapshot(trial),
    ...(values.length > 1 ? { repeats: values, mean } : {}),
    chosen: chosenJson(winner),
    noise: noiseOf(study.history) ?? null,
    interval: evaluation?.interval ?? null,
    expected: expectedJson(study.history, study.record),
    mistakes: evaluation?.mistakes ?? null,
    slices: winnerSlices(study.history, study.record),
    baseline: baselineResult(study.history, evaluation) ?? null,
    ...(report?.detail?.labels === undefined
      ? { confusion: report?.detail?.confusion ?? null }
      : { labels: report.detail.labels, thresholds: evaluation?.thresholds ?? null }),
    classes: study.record.images?.classes ?? null,
  };
}

/** For programs: why the trial is gone with instead of the best one; null where it is the best. */
export function chosenJson({ choice }: Contender): object | null {
  if (choice === undefined) return null;
  const { by, instead, value, difference, error } = choice;
  return { by, insteadOf: instead.number, value, difference, error };
}

/** Undefined where no trial has a value yet. */
export function bestTrialLines(study: StudyView, style: Style, evaluation?: TrialEvaluation): string[] | undefined {
  const winner = leaderOf(study.history);
  if (winner === undefined) return undefined;
  const { trial } = winner;
  const report = bestReportOf(trial);
  const classes = study.record.images?.classes ?? [];
  const tables = resultTables(report?.detail ?? {}, classes, evaluation?.thresholds);
  const { metric } = study.history.objective;
  return [
    `${bestLine(winner, metric, style, study.state === 'running')} (${finishedTrials(study.history)} of ${plannedTrials(study.definition)} trials done)`,
    ...choiceLines(winner).map((line) => `  ${line}`),
    ...noiseLines(study.history).map((line) => `  ${line}`),
    ...intervalLines(evaluation, winner, expectedValueOf(study.history, study.record)),
    ...scratchLines(study, evaluation, style),
    '',
    ...parameterLines(trial.parameters),
    ...(report === undefined ? [] : ['', ...metricLines(report, metric)]),
    ...(tables.length === 0 ? [] : ['', ...tables]),
    ...indented(sliceTable(winnerSlices(study.history, study.record))),
    ...(evaluation === undefined || evaluation.mistakes.length === 0 ? [] : ['', ...mistakeLines(evaluation)]),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function scratchLines({ history }: StudyView, evaluation: ModelEvaluation | undefined, style: Style): string[] {
  const [line, ...warnings] = baselineLines(history, evaluation, style);
  return line === undefined ? [] : [`from scratch, ${line}`, ...warnings];
}

/**
 * "  0.9410 on the 120 images it was chosen by; expect 0.9203 (0.8812 … 0.9543) on others like them", and what few images cannot show. Where that
 * is not known: why, and "  0.9012 … 0.9433 with 95 % confidence, over the 120 validation images".
 */
export function intervalLines(
  evaluation: TrialEvaluation | undefined,
  winner: Contender | undefined,
  expected: ReturnType<typeof expectedValueOf>,
): string[] {
  const images = typeof expected === 'object' ? expected.images : evaluation?.images;
  const range = intervalText(evaluation?.interval);
  const kind = splitWords(evaluation?.split ?? 'validation');
  const limits = images === undefined ? undefined : limitsOfFewImages(images, kind);
  const plain = range === undefined || evaluation === undefined ? [] : [`${range}, ${intervalBasis(evaluation)}`];
  const value = winner?.trial.best?.value;
  const lines =
    typeof expected === 'object' && value !== undefined
      ? [expectedText(value, expected)]
      : [
          ...plain,
          ...(typeof expected === 'string' ? [`what to expect on other images is not known: ${expected}`] : []),
        ];
  return [...lines, ...(limits === undefined ? [] : [limits])].map((line) => `  ${line}`);
}

/** "trial 7: macroF1 0.9131 at epoch 9", ", mean of 5 folds" where there are any, and "(running)" where it is not over. @param isRunning whether a process runs the study. */
export function bestLine({ trial, values, mean }: Contender, metric: string, style: Style, isRunning: boolean): string {
  const { value, epoch } = must(trial.best, 'a trial with a value');
  const folds = trial.folds === undefined ? '' : `, mean of ${counted(trial.folds.length, 'fold')}`;
  const repeated = values.length > 1 ? `, mean ${formatMetric(mean)} of ${values.length} runs` : '';
  return `trial ${trial.number}: ${metric} ${style.bold(formatMetric(value))} at epoch ${epoch}${folds}${repeated}${openMark(trial, isRunning)}`;
}

/** " (running)" behind a trial that has not ended; nothing behind one that has. */
export function openMark({ state, outcome }: Trial, isRunning: boolean): string {
  return outcome === undefined ? ` (${stateWord(state, isRunning)})` : '';
}

/** What the trial was chosen instead of; nothing where the best one is gone with. */
export function choiceLines(winner: Contender | undefined): string[] {
  return winner?.choice === undefined ? [] : [choiceText(winner.choice)];
}

/** "±0.0081 between runs of one configuration (9 runs of 3 configurations)"; nothing where none was repeated. */
export function noiseLines(history: History): string[] {
  const noise = noiseOf(history);
  if (noise === undefined) return [];
  const { deviation, runs, configurations } = noise;
  const of = `${counted(runs, 'run')} of ${counted(configurations, 'configuration')}`;
  return [`±${formatMetric(deviation)} between runs of one configuration (${of})`];
}

export function parameterLines(parameters: Parameters): string[] {
  const width = Math.max(0, ...Object.keys(parameters).map((name) => name.length));
  return Object.entries(parameters).map(([name, value]) => `  ${name.padEnd(width)}  ${formatScalar(value)}`);
}

/** The metrics of the best epoch, target scores too; not the objective, which was told already, nor those of single classes, which have a table. */
function metricLines({ metrics }: Report, objective: string): string[] {
  const others = Object.entries(metrics).filter(([name]) => name !== objective && isOverallMetric(name));
  const width = Math.max(0, ...others.map(([name]) => name.length));
  return others.map(([name, value]) => `  ${name.padEnd(width)}  ${formatMetric(value)}`);
}
