// The answer: the best configuration, how good it is, how sure that is, what to do next.
import { choiceText } from '../../controller/choice.js';
import { leaderOf, winnerOf } from '../../controller/confirmation.js';
import type { History } from '../../study/history.js';
import { isCommand } from '../../study/schema/trainer-schema.js';
import { trainingSeconds } from '../../study/training-time.js';
import { advise } from '../advice.js';
import { type WinnerEvaluation, imagesOfObjective } from '../winner-evaluation.js';
import type { ReportInput } from '../report-input.js';
import { countStates, searchTrials } from '../search-trials.js';
import { transferOf } from '../transfer.js';
import { otherDomainScore } from '../../metrics/metric-names.js';
import { limitsOfFewImages } from '../../metrics/few-images.js';
import { counted, formatDuration, listed, formatMetric, formatPercent, formatScalar } from '../../system/format.js';
import { type Html, escape, list, table } from './html.js';

export function answer(input: ReportInput, evaluation: WinnerEvaluation | undefined): Html {
  if (evaluation === undefined)
    return `<section id="answer"><p class="lead">${escape(nothingYet(input))}</p></section>`;
  const { trial, value, interval } = evaluation;
  const name = input.history.objective.metric;
  const { expected } = input;
  const range =
    expected !== undefined
      ? `<span class="interval">expect ${formatMetric(expected.value)} (${formatMetric(expected.low)} – ${formatMetric(expected.high)}) on other images</span>`
      : interval === undefined
        ? ''
        : `<span class="interval">${formatPercent(interval.level)} interval ${formatMetric(interval.low)} – ${formatMetric(interval.high)}</span>`;
  const advice = advise(input, evaluation);
  return `<section id="answer">
<div class="answer">
<div class="headline"><p class="label">best ${escape(name)}</p><p class="value">${formatMetric(value)}</p>${range}
<p class="where">trial ${trial.number}, epoch ${trial.best?.epoch} of ${trial.reports.length}</p>
${beside(input, evaluation)}</div>
<div class="configuration"><h2>Best configuration</h2>
${table(
  'Best configuration',
  [],
  Object.entries(trial.parameters).map(([key, one]) => [escape(key), `<code>${escape(formatScalar(one))}</code>`]),
  'pairs',
)}
</div></div>
<h2>How certain</h2>
${list(certainty(input, evaluation).map(escape))}
<h2>What to do next</h2>
${list([...advice.map(escape), ...commands(input, trial)])}
</section>`;
}

function nothingYet({ history, isLive = false }: ReportInput): string {
  const { failed } = countStates(history.trials);
  const open = openLeader(history);
  if (open !== undefined) return `No trial has ended with a value. ${open}`;
  if (failed > 0)
    return `No trial has ended with a value; ${counted(failed, 'trial')} failed. The trials below say why.`;
  return `No trial has ended yet.${isLive ? '' : ' Write the report again when one has.'}`;
}

/** The trial that leads without having ended, if one does. */
function openLeader(history: History): string | undefined {
  const leader = leaderOf(history)?.trial;
  if (leader?.best === undefined || leader.outcome !== undefined) return undefined;
  const { value, epoch } = leader.best;
  return `Trial ${leader.number} leads so far with ${history.objective.metric} ${formatMetric(value)} at epoch ${epoch}; it has not ended (${leader.state}).`;
}

/** What repeats and the baseline found, and who is about to overtake. */
function beside({ history, images }: ReportInput, evaluation: WinnerEvaluation): Html {
  const { values, report } = evaluation;
  const other = images?.target && otherDomainScore(history.objective.metric, report.metrics);
  const transfer = transferOf(history, evaluation);
  const open = openLeader(history);
  const { choice } = winnerOf(history) ?? {};
  const facts = [
    ...(choice === undefined ? [] : [choiceText(choice)]),
    ...(other === undefined ? [] : [`${other.name} ${formatMetric(other.value)} at the same epoch`]),
    ...(values.length > 1 ? [`mean ${formatMetric(meanOf(values))} of ${values.length} runs`] : []),
    ...(transfer === undefined ? [] : [`from random weights ${formatMetric(transfer.value)}`]),
    ...(open === undefined ? [] : [open]),
  ];
  return facts.map((fact) => `<p class="where">${escape(fact)}</p>`).join('\n');
}

function certainty(input: ReportInput, evaluation: WinnerEvaluation): string[] {
  const { trial, interval, images, peers, values } = evaluation;
  const { completed, pruned } = countStates(searchTrials(input.history));
  const ended = completed + pruned;
  const said: string[] = [];
  if (interval !== undefined) {
    said.push(
      `${formatPercent(interval.level)} interval ${formatMetric(interval.low)} – ${formatMetric(interval.high)} (${interval.method}): how far the score could shift with a different sample of images.`,
    );
  }
  if (values.length > 1) {
    const all = values.map(formatMetric);
    said.push(
      `With other seeds the same configuration gave ${listed(all.slice(1))} (the search found ${all[0]}): ${formatMetric(meanOf(values))} on average, from ${formatMetric(Math.min(...values))} to ${formatMetric(Math.max(...values))}.`,
    );
  }
  const kind = imagesOfObjective(input);
  const limits = images === undefined ? undefined : limitsOfFewImages(images, kind);
  if (limits !== undefined) said.push(`There are ${limits}.`);
  if (interval !== undefined) said.push(peersInWords(trial, peers));
  if (input.calibration !== undefined) {
    const { temperature, errorBefore, errorAfter } = input.calibration;
    const [before, after] = [errorBefore, errorAfter].map(formatMetric);
    said.push(
      temperature === 1
        ? `Its calibration error is ${before}; no temperature would make its probabilities fit these images better.`
        : `Its calibration error is ${before}, and ${after} with the temperature ${formatScalar(temperature)}, which hpo export --calibrate applies: how far its confidence lies from the share of right predictions on these images.`,
    );
  }
  if (ended > 1) {
    const unbiased =
      input.definition.trainer !== undefined
        ? 'Images that no trial has seen give an unbiased figure.'
        : 'The test split, used once by hpo train, gives an unbiased figure.';
    const on = images === undefined ? `the same ${kind} images` : `the same ${counted(images, `${kind} image`)}`;
    const { expected } = input;
    const less =
      expected === undefined
        ? 'somewhat less'
        : `${formatMetric(expected.value)} (${formatMetric(expected.low)} – ${formatMetric(expected.high)} with ${formatPercent(expected.level)} confidence; bias-corrected over the predictions of all trials)`;
    const { choice } = winnerOf(input.history) ?? {};
    const standing = choice === undefined ? 'the best' : 'one of the best';
    said.push(`It is ${standing} of ${ended} trials evaluated on ${on}, so expect ${less} on new images. ${unbiased}`);
  }
  return said;
}

function peersInWords(best: WinnerEvaluation['trial'], peers: WinnerEvaluation['peers']): string {
  if (peers.length === 0) return 'No other trial comes within this interval.';
  const runnerUp = peers[0];
  const text = `${counted(peers.length, 'other trial')} within this interval can hardly be told apart from the best on these images. Trial ${runnerUp?.number} is next with ${formatMetric(runnerUp?.best?.value ?? NaN)}.`;
  return [text, ...cheaperPeer(best, peers)].join(' ');
}

/** A faster trial is worth mentioning from this share of the best trial's seconds on, and from so many seconds. */
const WORTH_SAVING = { share: 0.25, seconds: 10 };

/** The peer that took the least training in all, where that is much less than the best one took. */
function cheaperPeer(best: WinnerEvaluation['trial'], peers: WinnerEvaluation['peers']): string[] {
  const own = trainingSeconds(best);
  const timed = peers.flatMap((trial) => {
    const seconds = trainingSeconds(trial);
    return seconds === undefined ? [] : [{ trial, seconds }];
  });
  const [cheapest] = timed.sort((a, b) => a.seconds - b.seconds);
  if (own === undefined || cheapest === undefined) return [];
  const { trial, seconds } = cheapest;
  const saving = own - seconds;
  if (saving < WORTH_SAVING.seconds || saving < WORTH_SAVING.share * own) return [];
  const value = formatMetric(trial.best?.value ?? NaN);
  return [
    `The fastest of them is trial ${trial.number}: ${value} after ${formatDuration(seconds)} of training instead of ${formatDuration(own)}.`,
  ];
}

/** Train refuses a study whose trainer is not the built-in one, and export one with a module. */
function commands({ studyPath, definition }: ReportInput, best: WinnerEvaluation['trial']): Html[] {
  const study = escape(studyPath ?? 'study.json');
  if (definition.trainer !== undefined) {
    const kept = `What the trainer kept of the best trial is in <code>trials/${best.number}</code> of the run folder.`;
    return isCommand(definition.trainer) ? [kept, `<code>hpo export ${study}</code> prints its command line.`] : [kept];
  }
  return [
    `Use it: <code>hpo export ${study} --out best</code>, then <code>hpo train best/config.json</code> makes the final model and evaluates the test split.`,
  ];
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
