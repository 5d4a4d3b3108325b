// What a session came to: the best trial and what to do next, for people and for programs.
import { leaderOf, noiseOf } from '../../controller/confirmation.js';
import { expectedValueOf } from '../../controller/expected-value.js';
import type { StudyEnd } from '../../controller/study-end.js';
import { isCommand } from '../../study/schema/trainer-schema.js';
import { trialSnapshot } from '../../store/snapshot.js';
import type { TrialEvaluation } from '../../app/winner.js';
import type { StudySession } from '../../app/open-study.js';
import { finishedTrials } from '../../app/files/read-study.js';
import { shortPath } from '../../system/short-path.js';
import type { Style } from '../style.js';
import { baselineResult, expectedJson } from '../../app/winner.js';
import { baselineLines } from '../views/baseline.js';
import { reuseJson, reuseText } from '../views/reuse.js';
import { bestLine, choiceLines, intervalLines, noiseLines, parameterLines } from '../views/best-trial.js';
import { trialCounts } from '../views/trial-counts.js';
import { commandName } from '../../system/command-name.js';
import { trainingTime } from '../../study/training-time.js';
import { formatDuration } from '../../system/format.js';

export interface RunFacts {
  readonly evaluation?: TrialEvaluation | undefined;
  /** How long this session took. */
  readonly seconds: number;
}

/** `next` names what to type as it was typed to start this. */
export function resultLines(
  session: StudySession,
  end: StudyEnd,
  style: Style,
  { evaluation, seconds }: RunFacts,
): string[] {
  const { study, layout, total } = session;
  const { history } = study;
  const file = shortPath(session.file);
  const leader = leaderOf(history);
  const reuse = reuseText(history);
  const isOver = ['finished', 'exhausted', 'enough'].includes(end.reason);
  const { trainer } = session.definition;
  const exported = trainer === undefined ? `${file} --out model` : isCommand(trainer) ? file : undefined;
  return [
    leader === undefined
      ? 'best    no trial has a value'
      : `best    ${bestLine(leader, history.objective.metric, style, false)}`,
    ...choiceLines(leader).map((line) => `        ${line}`),
    ...intervalLines(evaluation, leader, expectedValueOf(history, session.record)).map((line) => `      ${line}`),
    ...(leader === undefined ? [] : parameterLines(leader.trial.parameters).map((line) => `      ${line}`)),
    ...noiseLines(history).map((line) => `noise   ${line}`),
    ...baselineLines(history, evaluation, style).map((line, i) => `${i === 0 ? 'scratch' : '       '} ${line}`),
    `trials  ${finishedTrials(history)} of ${total}: ${trialCounts(history, false)}`,
    ...(reuse === undefined ? [] : [`reuse   ${reuse}`]),
    `time    ${formatDuration(seconds)}, ${formatDuration(trainingTime(history.trials))} of training by all slots`,
    `run     ${shortPath(layout.root)}`,
    ...(isOver ? [] : [`next    ${commandName()} run ${file}`]),
    ...((isOver || end.reason === 'outOfTime') && leader !== undefined && exported !== undefined
      ? [`next    ${commandName()} export ${exported}`]
      : []),
    ...(leader === undefined ? [] : [`next    ${commandName()} report ${file}`]),
    // What nobody should overlook is said once more where everybody looks.
    ...history.warnings.filter((warning) => warning.startsWith('WARNING: ')).map((warning) => style.yellow(warning)),
  ];
}

/** The last line of `run --json`. */
export function resultJson(
  { study, layout, total, record }: StudySession,
  end: StudyEnd,
  evaluation?: TrialEvaluation,
): object {
  const { history } = study;
  const leader = leaderOf(history);
  const best = leader === undefined ? null : { ...trialSnapshot(leader.trial), mean: leader.mean };
  const finished = finishedTrials(history);
  const reuse = reuseJson(history);
  const baseline = baselineResult(history, evaluation) ?? null;
  const noise = noiseOf(history) ?? null;
  const run = layout.root;
  const counts = { finished, total, reuse };
  const expected = expectedJson(history, record);
  return { type: 'ended', reason: end.reason, message: end.message, best, expected, noise, baseline, ...counts, run };
}
