// The answer: the best configuration, how good it is, how sure that is, what to do next.
import { advise } from '../advice.js';
import { type Judgement, secondsOf } from '../judgement.js';
import type { ReportInput } from '../report-input.js';
import { counted, duration, large, metric, percent, scalar } from '../words.js';
import { type Html, escape, list, table } from './html.js';

export function answer(input: ReportInput, judgement: Judgement | undefined): Html {
  if (judgement === undefined) return `<section id="answer"><p class="lead">${escape(nothingYet(input))}</p></section>`;
  const { trial, value, interval } = judgement;
  const name = input.history.objective.metric;
  const range =
    interval === undefined
      ? ''
      : `<span class="interval">${percent(interval.level)} interval ${metric(interval.low)} – ${metric(interval.high)}</span>`;
  const advice = advise(input, judgement);
  return `<section id="answer">
<div class="answer">
<div class="headline"><p class="label">best ${escape(name)}</p><p class="value">${metric(value)}</p>${range}
<p class="where">trial ${trial.number}, epoch ${trial.best?.epoch} of ${trial.reports.length}</p></div>
<div class="configuration"><h2>Best configuration</h2>
${table(
  [],
  Object.entries(trial.parameters).map(([key, one]) => [escape(key), `<code>${escape(scalar(one))}</code>`]),
  'pairs',
)}
</div></div>
<h2>How sure</h2>
${list(certainty(input, judgement).map(escape))}
<h2>What to do next</h2>
${list([...advice.map(escape), ...commands(input)])}
</section>`;
}

function nothingYet({ history }: ReportInput): string {
  const { failed } = history.counts;
  if (failed > 0)
    return `No trial has ended with a value; ${counted(failed, 'trial')} failed. The trials below say why.`;
  return 'No trial has ended yet. Come back when one has.';
}

function certainty(input: ReportInput, { trial, interval, images, peers }: Judgement): string[] {
  const { history } = input;
  const ended = history.counts.completed + history.counts.pruned;
  const said: string[] = [];
  if (interval !== undefined) {
    said.push(
      `${percent(interval.level)} interval ${metric(interval.low)} – ${metric(interval.high)} (${interval.method}): what chance in the choice of images alone can do.`,
    );
  }
  if (interval !== undefined) said.push(peersInWords(trial, peers));
  if (ended > 1) {
    const on = images === undefined ? 'the same validation images' : `the same ${counted(images, 'validation image')}`;
    said.push(
      `It is the best of ${ended} trials judged on ${on}, so expect somewhat less on new ones. The test split, looked at once by hpo train, gives an unbiased figure.`,
    );
  }
  return said;
}

function peersInWords(best: Judgement['trial'], peers: Judgement['peers']): string {
  if (peers.length === 0) return 'No other trial comes within this interval.';
  const cheapest = [...peers].sort((a, b) => (secondsOf(a) ?? Infinity) - (secondsOf(b) ?? Infinity))[0];
  const [own, other] = [secondsOf(best), cheapest === undefined ? undefined : secondsOf(cheapest)];
  const runnerUp = peers[0];
  const text = `${counted(peers.length, 'other trial')} within this interval can hardly be told from the best on these images; trial ${runnerUp?.number} comes next with ${metric(runnerUp?.best?.value ?? NaN)}.`;
  if (own === undefined || other === undefined || other > 0.8 * own || cheapest === undefined) return text;
  return `${text} The quickest of them is trial ${cheapest.number}: ${metric(cheapest.best?.value ?? NaN)} in ${duration(other)} against ${duration(own)}.`;
}

function commands({ studyPath }: ReportInput): Html[] {
  const study = escape(studyPath ?? 'study.json');
  return [
    `Take it: <code>hpo export ${study} --out best</code>, then <code>hpo train best/config.json</code> makes the final model and evaluates the test split.`,
  ];
}

/** What the study did, in one line. */
export function summary({ history, definition, reuse }: ReportInput): Html {
  const { completed, pruned, failed, running, paused, asked } = history.counts;
  const open = running + paused + asked;
  const parts = [
    `${counted(history.trials.length, 'trial')} by ${definition.search.strategy} search`,
    `${completed} completed`,
    `${pruned} pruned`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(open > 0 ? [`${open} not over`] : []),
  ];
  const seconds = history.trials.reduce((sum, trial) => sum + (secondsOf(trial) ?? 0), 0);
  if (seconds > 0) parts.push(`${duration(seconds)} of training`);
  if (reuse !== undefined && reuse.secondsSaved > 0) {
    const spared = reuse.imagesWithoutReuse - reuse.imagesComputed;
    parts.push(`${duration(reuse.secondsSaved)} saved by reusing the features of ${large(spared)} images`);
  }
  return escape(parts.join(' · '));
}
