// The header: which study, how far it is, what is best, how much longer it takes.
import type { DashboardControls, StudyStatus } from '../source.js';
import { STATE_SIGNS } from '../model/columns.js';
import type { StudyModel } from '../model/study-model.js';
import { endedOf } from '../model/tally.js';
import type { TimeLeft } from '../model/time-left.js';
import { formatClock, formatDuration, formatMetric, formatRoughly } from '../../system/format.js';
import type { Trial } from '../../study/trial.js';
import { type Line, type Span, lineWidth, span, spread } from '../text/line.js';
import { bar } from '../text/table.js';
import { oneLine } from '../../system/text-width.js';

export interface HeaderInput {
  readonly model: StudyModel;
  readonly status: StudyStatus;
  readonly controls: DashboardControls | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Three lines. */
export function header(input: HeaderInput, width: number): Line[] {
  return [spread(title(input), state(input), width), progress(input, width), results(input, width)];
}

function title({ model, status }: HeaderInput): Line {
  const { name, strategy, backbone, engine } = model.facts;
  const rest = [strategy, backbone, status.engine ?? (engine === 'auto' ? undefined : engine)];
  const known = rest.filter((one): one is string => one !== undefined);
  return [span(oneLine(name), 'strong'), span(known.map((one) => ` · ${oneLine(one)}`).join(''))];
}

function state({ model, status, controls, now }: HeaderInput): Line {
  const since = status.startedAt ?? model.firstEventAt;
  const until = status.live === false ? (model.lastEventAt ?? now) : now;
  const elapsed = span(since === undefined ? '' : ` ${formatDuration((until - since) / 1000)}`);
  return [situation(model, status, controls), elapsed];
}

function situation(model: StudyModel, status: StudyStatus, controls: DashboardControls | undefined): Span {
  if (controls?.phase === 'finishing') return span('finishing', 'warning');
  if (controls?.phase === 'stopping') return span('stopping', 'warning');
  if (controls?.phase === 'aborting') return span('aborting', 'failed');
  if (controls?.paused === true) return span('‖ paused', 'warning');
  if (model.isOver) return span('done', 'completed');
  if (status.live === false) return span('not running', 'warning');
  return span(controls === undefined ? 'watching' : 'running', 'running');
}

function progress(input: HeaderInput, width: number): Line {
  const { model } = input;
  const { total } = model;
  const ended = endedOf(model.tally.search);
  if (model.facts.total === undefined) return [span(`${ended} of ${total} trials ended`)];
  const share = total === 0 ? 0 : ended / total;
  const remaining = remainingTime(input);
  const right = [
    span(` ${ended}/${total} ${Math.floor(share * 100)}%`, 'strong'),
    span([...afterwards(model), ...(remaining === '' ? [] : [remaining])].map((one) => ` · ${one}`).join('')),
  ];
  return [...bar(share, Math.max(4, width - lineWidth(right)), 'completed'), ...right];
}

/** What comes once the search is over, from then on. */
function afterwards(model: StudyModel): string[] {
  const { search, repeats, baselines } = model.tally;
  if (endedOf(search) < model.total) return [];
  const { plannedRepeats, plannedBaselines } = model;
  const isFromScratch = plannedBaselines > 0 && endedOf(repeats) === plannedRepeats;
  return [
    ...(plannedRepeats > 0 ? [`repeats ${endedOf(repeats)}/${plannedRepeats}`] : []),
    ...(isFromScratch ? [`from scratch ${endedOf(baselines)}/${plannedBaselines}`] : []),
  ];
}

function remainingTime({ model, status, controls, now }: HeaderInput): string {
  if (model.isOver || status.live === false || controls?.paused === true) return '';
  const unstarted = controls === undefined || controls.phase === 'running' ? model.toCome : 0;
  const slots = status.slots?.length ?? model.highestSlot + 1;
  const time = model.timeLeft(slots, now, unstarted);
  const { epochSeconds } = model;
  if (time !== undefined || epochSeconds === undefined) return describeTimeLeft(time);
  const [low, high] = epochSeconds.map(formatRoughly);
  return `an epoch takes about ${low === high ? low : `${low}–${high}`}`;
}

/** '12m–20m left'. */
export function describeTimeLeft(time: TimeLeft | undefined): string {
  if (time === undefined) return 'time left not known yet';
  const [low, high] = [time.low, time.high].map(formatRoughly);
  return `${low === high ? low : `${low}–${high}`} left`;
}

function results(input: HeaderInput, width: number): Line {
  const { model } = input;
  const counts = (['running', 'completed', 'pruned', 'failed'] as const).map((name) => ({
    ...STATE_SIGNS[name],
    count: countOf(model, name),
  }));
  const words = counts.flatMap(({ sign, word, tone, count }, i) => [
    span(`${i === 0 ? '' : '  '}${sign} ${count}`, tone),
    span(` ${word}`),
  ]);
  const signs = counts.map(({ sign, tone, count }, i) => span(`${i === 0 ? '' : ' '}${sign}${count}`, tone));
  const left = best(input, width >= 80);
  // What was found comes before words for signs.
  return spread(left, lineWidth(left) + lineWidth(words) < width ? words : signs, width);
}

/** Whatever runs is running; what has ended counts where it is the search's. */
function countOf({ tally, running }: StudyModel, state: 'running' | 'completed' | 'pruned' | 'failed'): number {
  return state === 'running' ? running.size : tally.search[state];
}

function best({ model, status, now }: HeaderInput, isWide: boolean): Line {
  const { metric } = model.facts.objective;
  const trial = model.reference;
  if (trial?.best === undefined) return [span(`no ${oneLine(metric)} yet`, 'muted')];
  const { bestSince = now } = model;
  const ago = (isWide ? formatDuration : formatRoughly)((now - bestSince) / 1000);
  // Of a study that is over it is the hour that says something, not how long ago that is.
  const isPast = model.isOver || status.live === false;
  const isOpen = trial.outcome === undefined;
  const when = isOpen ? ` · ${openWord(trial, isPast)}` : isPast ? ` · at ${formatClock(bestSince)}` : ` · ${ago} ago`;
  return [
    span(`best ${oneLine(metric)} `),
    span(formatMetric(trial.best.value), 'best'),
    span(
      ` trial ${trial.number}${isWide ? `, epoch ${trial.best.epoch}` : ''}${trial === model.winner?.trial ? evidence(model) : ''}${when}`,
    ),
  ];
}

/** Of a trial that has not ended: what it does, or that it was cut off. */
function openWord({ state }: Trial, isPast: boolean): string {
  return state === 'paused' ? 'paused' : isPast ? 'interrupted' : 'running';
}

/** What was found out of the winner once the search was over. */
function evidence({ winner, baseline, expected }: StudyModel): string {
  const { values, mean } = winner ?? { values: [], mean: 0 };
  const scratch = baseline === undefined || baseline.state === 'failed' ? undefined : baseline.best?.value;
  const { choice } = winner ?? {};
  return [
    ...(choice === undefined
      ? []
      : [` · ${choice.by} than trial ${choice.instead.number} (${formatMetric(choice.value)})`]),
    ...(expected === undefined
      ? []
      : [` · expect ${formatMetric(expected.value)} (${formatMetric(expected.low)} … ${formatMetric(expected.high)})`]),
    ...(values.length > 1 ? [` · mean ${formatMetric(mean)} of ${values.length} runs`] : []),
    ...(scratch === undefined ? [] : [` · from scratch ${formatMetric(scratch)}`]),
  ].join('');
}
