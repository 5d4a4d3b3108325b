// A study for people: what `hpo show` prints.
import { bestTrials, leaderOf } from '../../controller/confirmation.js';
import { expectedValueOf } from '../../controller/expected-value.js';
import { epochSecondsText } from '../../study/epoch-seconds.js';
import { timeByMachine, trainingTime } from '../../study/training-time.js';
import { type Trial, bestReportOf } from '../../study/trial.js';
import type { TrialEvaluation } from '../../app/winner.js';
import { otherDomainScore } from '../../metrics/metric-names.js';
import { counted, formatDuration, formatMetric } from '../../system/format.js';
import { plannedTrials } from '../../study/planned-trials.js';
import { type StudyView, finishedTrials } from '../../app/files/read-study.js';
import { widthOf, wrap } from '../../system/text-width.js';
import { COLOURS, type Style } from '../style.js';
import { baselineLines } from './baseline.js';
import { winnerSlices } from '../../controller/winner-slices.js';
import { sliceTable } from './slices.js';
import { bestLine, choiceLines, intervalLines } from './best-trial.js';
import { reuseText } from './reuse.js';
import { trialTable } from './trial-table.js';
import { trialCounts } from './trial-counts.js';
import { commandName } from '../../system/command-name.js';

const BEST_SHOWN = 10;
const WARNINGS_SHOWN = 5;
/** Characters before the text of a line of facts. */
const LABEL = 10;
const RUN = '  run     ';

export interface StudyTextOptions {
  /** Every trial instead of the best and the unfinished ones. */
  readonly all: boolean;
  readonly style: Style;
  /** Characters in a line of the terminal; without one lines are as long as they need. */
  readonly width?: number;
  /** Of the best trial, where there is one. */
  readonly evaluation?: TrialEvaluation | undefined;
}

export function studyLines(study: StudyView, { all, style, width = Infinity, evaluation }: StudyTextOptions): string[] {
  const { history, definition } = study;
  const names = Object.keys(definition.space);
  const table = (title: string, trials: readonly Trial[]): string[] => {
    if (trials.length === 0) return [];
    const { metric } = history.objective;
    const isRunning = study.state === 'running';
    const { blocks, names: note } = trialTable(trials, { parameterNames: names, metric, isRunning, width });
    const lines = blocks.flatMap(([header = '', ...rows], i) => [...(i === 0 ? [] : ['']), style.dim(header), ...rows]);
    const notes = note === undefined || note === '' ? [] : wrap(note, width, Infinity).map((line) => style.dim(line));
    return ['', style.bold(title), ...lines, ...notes];
  };
  const unfinished = history.trials.filter(({ outcome }) => outcome === undefined);
  const best = bestTrials(history, BEST_SHOWN);
  const scores = sliceTable(winnerSlices(history, study.record));
  const slices = scores.length === 0 ? [] : ['', style.bold('The best trial on slices of the images'), ...scores];
  return [
    ...headLines(study, style, evaluation).flatMap((line) => folded(line, width)),
    ...(all
      ? table('Trials', history.trials)
      : [
          ...slices,
          ...table('Best trials', best),
          ...table(study.state === 'running' ? 'Running' : 'Unfinished', unfinished),
        ]),
    ...warningLines(history.warnings, style),
  ];
}

function headLines(study: StudyView, style: Style, evaluation: TrialEvaluation | undefined): string[] {
  const { history } = study;
  const leader = leaderOf(history);
  const reuse = reuseText(history);
  const seconds = trainingTime(history.trials);
  const value =
    leader === undefined ? 'none yet' : bestLine(leader, history.objective.metric, style, study.state === 'running');
  return [
    `${style.bold(study.name)} ${stateLine(study)}`,
    `${RUN}${study.layout.root}`,
    `  trials  ${progressLine(study)}`,
    `  best    ${value}`,
    ...choiceLines(leader).map((line) => `          ${line}`),
    ...intervalLines(evaluation, leader, expectedValueOf(history, study.record)).map((line) => `        ${line}`),
    ...otherDomainLines(study, leader?.trial),
    ...baselineLines(history, evaluation, style).map((line, i) => `  ${i === 0 ? 'scratch' : '       '} ${line}`),
    ...(reuse === undefined ? [] : [`  reuse   ${reuse}`]),
    ...epochLines(study),
    ...(seconds > 0 ? [`  time    ${formatDuration(seconds)} of training`] : []),
    ...machineLines(study),
  ];
}

/** "          3m 20s of 12 trials on AMD EPYC, engine onnx, …": where trials were on several kinds of machines. */
function machineLines({ history, record }: StudyView): string[] {
  return timeByMachine(history.trials, record.machine).map(
    ({ machine, trials, seconds }) =>
      `          ${formatDuration(seconds)} of ${counted(trials, 'trial')} on ${machine}`,
  );
}

/** "  epoch   about 2.1s with the head alone, 14s with 4 blocks trained, as expected when the study began" */
function epochLines({ record }: StudyView): string[] {
  const text = record.seconds === undefined ? undefined : epochSecondsText(record.seconds);
  return text === undefined ? [] : [`  epoch   ${text}, as expected when the study began`];
}

/** "  domain  target/macroF1 0.7123 at the same epoch": the best trial where the other domain has labels, too. */
function otherDomainLines({ history, record }: StudyView, trial: Trial | undefined): string[] {
  if (trial?.best === undefined || record.images?.target === undefined) return [];
  const { metrics } = bestReportOf(trial) ?? { metrics: {} };
  const other = otherDomainScore(history.objective.metric, metrics);
  return other === undefined ? [] : [`  domain  ${other.name} ${formatMetric(other.value)} at the same epoch`];
}

/** The line, and what does not fit below it, under what follows the label. A path stays whole, to be copied. */
function folded(line: string, width: number): string[] {
  const indent = ' '.repeat(LABEL);
  if (widthOf(line.replaceAll(COLOURS, '')) <= width || !line.startsWith('  ') || line.startsWith(RUN)) return [line];
  const [label, text] = [line.slice(0, LABEL), line.slice(LABEL)];
  return wrap(text, Math.max(20, width - LABEL), Infinity).map((part, i) => (i === 0 ? label : indent) + part);
}

function stateLine({ state, process, file, layout }: StudyView): string {
  if (state === 'running') return `is running (process ${process})`;
  if (state === 'done') return 'is done';
  return `is not finished: ${commandName()} run ${file ?? layout.root} continues it`;
}

function progressLine({ history, definition, state }: StudyView): string {
  const counts = trialCounts(history, state === 'running');
  const done = `${finishedTrials(history)} of ${plannedTrials(definition)}`;
  return counts === '' ? done : `${done}: ${counts}`;
}

function warningLines(warnings: readonly string[], style: Style): string[] {
  if (warnings.length === 0) return [];
  const rest = warnings.length - WARNINGS_SHOWN;
  return [
    '',
    style.bold(counted(warnings.length, 'warning')),
    ...warnings.slice(-WARNINGS_SHOWN).map((warning) => `  ${warning}`),
    ...(rest > 0 ? [`  and ${rest} before (hpo show --json has them all)`] : []),
  ];
}
