// Progress as plain lines, for logs, pipes and CI: one for each trial that ends, and a sign of life in between.
import type { TrialEvent } from '../study/events.js';
import { SOURCES } from './model/decisions.js';
import { trainingSeconds } from '../study/training-time.js';
import { StudyModel } from './model/study-model.js';
import { endedOf } from './model/tally.js';
import { describeTimeLeft } from './views/header.js';
import type { DashboardSource } from './source.js';
import { formatDuration, formatMetric } from '../system/format.js';
import { oneLine } from '../system/text-width.js';

export interface PlainOptions {
  readonly source: DashboardSource;
  readonly output: { write(text: string): unknown };
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Whether to begin with a line on where the study stands. */
  readonly introduced?: boolean;
}

/** Seconds of silence after which a line says that the study is alive. */
const SIGN_OF_LIFE = 60;

/** Writes until the returned function is called. */
export function startPlain({ source, output, clock = Date.now, introduced = false }: PlainOptions): () => void {
  const model = new StudyModel(source.past);
  let latest = clock();
  const say = (line: string | undefined): void => {
    if (line === undefined) return;
    latest = clock();
    output.write(`${line}\n`);
  };
  if (introduced) say(standing(model, slotsOf(source, model), clock()));
  const unsubscribe = source.subscribe((event) => {
    const before = model.winner?.trial;
    model.apply(event);
    const after = model.winner?.trial;
    const isBest = after !== before && 'trial' in event && after?.number === event.trial;
    say(describe(event, model, isBest, slotsOf(source, model), clock()));
  });
  const timer = setInterval(() => {
    if (clock() - latest >= SIGN_OF_LIFE * 1000) say(signOfLife(model, slotsOf(source, model), clock()));
  }, 1000);
  timer.unref();
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}

function slotsOf(source: DashboardSource, model: StudyModel): number {
  return source.status().slots?.length ?? model.highestSlot + 1;
}

function describe(
  event: TrialEvent,
  model: StudyModel,
  isBest: boolean,
  slots: number,
  now: number,
): string | undefined {
  if (event.type === 'warned') return `warning: ${oneLine(event.message)}`;
  if (event.type === 'retried') {
    return `trial ${event.trial} is retried: ${event.kind}, ${oneLine(event.message)}`;
  }
  if (event.type === 'amended') return `study changed: ${oneLine(event.changes.join('; '))}`;
  if (event.type !== 'told') return undefined;
  const trial = model.history.trials[event.trial];
  if (trial === undefined) return undefined;
  const { metric } = model.facts.objective;
  const seconds = trainingSeconds(trial);
  const value =
    trial.best === undefined ? '' : ` ${oneLine(metric)} ${formatMetric(trial.best.value)}${isBest ? ' (best)' : ''}`;
  const took = seconds === undefined ? '' : ` in ${formatDuration(seconds)}`;
  return `${progress(model)} trial ${event.trial}${SOURCES[trial.source]}${value} ${outcomeOf(event)}${took}${remaining(model, slots, now)}`;
}

function outcomeOf({ outcome }: Extract<TrialEvent, { type: 'told' }>): string {
  switch (outcome.status) {
    case 'completed':
      return 'completed';
    case 'pruned':
      return `pruned (${oneLine(outcome.reason)})`;
    case 'failed':
      return `failed: ${outcome.kind}, ${oneLine(outcome.message.split('\n', 1)[0] ?? '')}`;
  }
}

function standing(model: StudyModel, slots: number, now: number): string {
  const { metric } = model.facts.objective;
  const best = model.winner?.trial;
  const value =
    best?.best === undefined ? '' : `, best ${oneLine(metric)} ${formatMetric(best.best.value)} (trial ${best.number})`;
  return `${oneLine(model.facts.name)}: ${signOfLife(model, slots, now)}${value}`;
}

function signOfLife(model: StudyModel, slots: number, now: number): string {
  const running = [...model.running].map((number) => {
    const epoch = model.history.trials[number]?.reports.length ?? 0;
    return `trial ${number} epoch ${epoch}${model.facts.epochs === undefined ? '' : `/${model.facts.epochs}`}`;
  });
  return `${progress(model)} ${running.length === 0 ? 'nothing is running' : `running: ${running.join(', ')}`}${remaining(model, slots, now)}`;
}

function progress({ tally, facts, total }: StudyModel): string {
  return `[${endedOf(tally.search)}${facts.total === undefined ? '' : `/${total}`}]`;
}

function remaining(model: StudyModel, slots: number, now: number): string {
  if (model.facts.total === undefined || model.isOver) return '';
  const time = model.timeLeft(slots, now);
  return time === undefined ? '' : `, ${describeTimeLeft(time)}`;
}
