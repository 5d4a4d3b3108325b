// The header: which study, how far it is, what is best, how much longer it takes.
import type { DashboardControls, StudyStatus } from '../source.js';
import { STATE_SIGNS } from '../model/columns.js';
import type { StudyModel } from '../model/study-model.js';
import { type TimeLeft, timeLeft } from '../model/time-left.js';
import { formatDuration, formatMetric, formatRoughly } from '../text/format.js';
import { type Line, type Span, lineWidth, span, spread } from '../text/line.js';
import { bar } from '../text/table.js';
import { oneLine } from '../text/width.js';

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
  if (controls?.phase === 'suspending') return span('stopping', 'warning');
  if (controls?.phase === 'aborting') return span('aborting', 'failed');
  if (controls?.paused === true) return span('‖ paused', 'warning');
  if (isOver(model)) return span('done', 'completed');
  if (status.live === false) return span('not running', 'warning');
  return span(controls === undefined ? 'watching' : 'running', 'running');
}

function isOver({ facts, history, running }: StudyModel): boolean {
  return facts.total !== undefined && running.size === 0 && history.trials.length >= facts.total && left(history) === 0;
}

function left({ counts }: StudyModel['history']): number {
  return counts.asked + counts.running + counts.paused;
}

function progress(input: HeaderInput, width: number): Line {
  const { history, facts } = input.model;
  const { completed, pruned, failed } = history.counts;
  const ended = completed + pruned + failed;
  const total = Math.max(facts.total ?? 0, history.trials.length);
  if (facts.total === undefined) return [span(`${ended} of ${total} trials ended`)];
  const share = total === 0 ? 0 : ended / total;
  const text = ` ${ended}/${total} ${Math.floor(share * 100)}%`;
  const remaining = describeTimeLeft(estimate(input, total), ended === total);
  const right = [span(text, 'strong'), span(remaining === '' ? '' : ` · ${remaining}`)];
  return [...bar(share, Math.max(4, width - lineWidth(right)), 'completed'), ...right];
}

function estimate({ model, status, controls, now }: HeaderInput, total: number): TimeLeft | undefined {
  if (status.live === false || controls?.paused === true) return undefined;
  const running = [...model.running].map((number) => {
    const trial = model.history.trials[number];
    return trial?.startedAt === undefined ? 0 : Math.max(0, (now - trial.startedAt) / 1000);
  });
  const { counts, trials } = model.history;
  const unstarted =
    controls === undefined || controls.phase === 'running' ? total - trials.length + counts.asked + counts.paused : 0;
  const slots = status.slots?.length ?? model.highestSlot + 1;
  return timeLeft(model.durations, unstarted, running, slots);
}

function describeTimeLeft(time: TimeLeft | undefined, over: boolean): string {
  if (over) return '';
  if (time === undefined) return 'time left not known yet';
  const uncertainty = time.uncertainty < 1 ? '' : ` ± ${formatRoughly(time.uncertainty)}`;
  return `${formatRoughly(time.seconds)}${uncertainty} left`;
}

function results({ model, now }: HeaderInput, width: number): Line {
  const counts = (['running', 'completed', 'pruned', 'failed'] as const).map((name) => ({
    ...STATE_SIGNS[name],
    count: model.history.counts[name],
  }));
  const words = counts.flatMap(({ sign, word, tone, count }, i) => [
    span(`${i === 0 ? '' : '  '}${sign} ${count}`, tone),
    span(` ${word}`),
  ]);
  const signs = counts.map(({ sign, tone, count }, i) => span(`${i === 0 ? '' : ' '}${sign}${count}`, tone));
  return spread(best(model, now, width >= 80), width >= 90 ? words : signs, width);
}

function best(model: StudyModel, now: number, isWide: boolean): Line {
  const { metric } = model.facts.objective;
  const trial = model.reference;
  if (trial?.best === undefined) return [span(`no ${oneLine(metric)} yet`, 'muted')];
  const finished = model.history.best !== undefined;
  const when =
    finished && model.bestSince !== undefined
      ? ` · ${(isWide ? formatDuration : formatRoughly)((now - model.bestSince) / 1000)} ago`
      : ' · running';
  return [
    span(`best ${oneLine(metric)} `),
    span(formatMetric(trial.best.value), 'best'),
    span(` trial ${trial.number}${isWide ? `, epoch ${trial.best.epoch}` : ''}${when}`),
  ];
}
