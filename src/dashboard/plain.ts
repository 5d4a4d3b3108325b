// Progress as lines of text, for logs, pipes and CI, and for terminals that should not be drawn over: of a run and of one that is watched.
import type { TrialEvent } from '../study/events.js';
import { valueOf } from '../study/objective.js';
import { trainingSeconds } from '../study/training-time.js';
import type { Outcome, Trial } from '../study/trial.js';
import { counted, formatClock, formatDuration, formatMetric } from '../system/format.js';
import { oneLine } from '../system/text-width.js';
import { LineBudget } from './line-budget.js';
import { sourceText } from './model/decisions.js';
import { StudyModel } from './model/study-model.js';
import { endedOf } from './model/tally.js';
import type { DashboardSource } from './source.js';
import { parametersWithin } from './text/parameters.js';
import { describeTimeLeft } from './views/header.js';

/** Colours and weights, or none. */
export type PlainStyle = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow', (text: string) => string>>;

export interface PlainOptions {
  readonly source: DashboardSource;
  readonly line: (text: string) => void;
  readonly style?: PlainStyle;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Whether to begin with a line on where the study stands. */
  readonly introduced?: boolean;
}

export interface PlainLines {
  /** A line of the caller's, with the clock before it like every other. */
  say(text: string): void;
  /** That a trial continues after it was interrupted. */
  resumed(trial: Trial): void;
  stop(): void;
}

const asIs = (text: string): string => text;
const PLAIN: PlainStyle = { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs };

/** Lines at once and a second of what can be left out; bests, failures and warnings are always written. */
const TRIAL_LINES = { burst: 20, perSecond: 2 };
/** An epoch is worth a line once nothing was said of its trial for so long. */
const EPOCH_SILENCE_MS = 5000;
const SUMMARY_EVERY_MS = 15_000;
/** Silence after which a line says that the study is alive. */
const SIGN_OF_LIFE_MS = 60_000;

/** Writes until it is stopped. */
export function startPlain(options: PlainOptions): PlainLines {
  const { source, line, clock = Date.now, style = PLAIN, introduced = false } = options;
  const model = new StudyModel(source.past);
  const budget = new LineBudget(TRIAL_LINES, clock);
  const saidAt = new Map<number, number>();
  let latest = clock();
  let summarisedAt = latest;
  let endedAtSummary = endedOf(model.tally.search);
  const say = (text: string): void => {
    latest = clock();
    line(`${formatClock(latest)} ${text}`);
  };
  if (introduced) say(`${oneLine(model.facts.name)}: ${signOfLife()}${bestInWords()}`);
  const unsubscribe = source.subscribe((event) => {
    const before = model.winner?.trial;
    model.apply(event);
    const after = model.winner?.trial;
    const text = describe(event, after !== before && 'trial' in event && after?.number === event.trial);
    if (text !== undefined) say(text);
    summarise();
  });
  const timer = setInterval(() => {
    if (clock() - latest >= SIGN_OF_LIFE_MS) say(signOfLife());
  }, 1000);
  timer.unref();
  return {
    say,
    resumed(trial) {
      if (budget.take()) say(`${label(trial.number)} continues after epoch ${trial.reports.length}`);
    },
    stop() {
      clearInterval(timer);
      unsubscribe();
    },
  };

  function describe(event: TrialEvent, isBest: boolean): string | undefined {
    if (event.type === 'warned') return `${style.yellow('warning:')} ${oneLine(event.message)}`;
    if (event.type === 'amended') return `study changed: ${oneLine(event.changes.join('; '))}`;
    if (event.type === 'stopped') return `the search is over: ${oneLine(event.message)}`;
    const trial = 'trial' in event ? model.history.trials[event.trial] : undefined;
    if (trial === undefined) return undefined;
    const name = label(trial.number);
    switch (event.type) {
      case 'told':
        saidAt.delete(trial.number);
        return isBest || event.outcome.status === 'failed' || budget.take()
          ? told(trial, event.outcome, isBest)
          : undefined;
      case 'started':
        saidAt.set(trial.number, clock());
        return budget.take() ? `${name} starts: ${parametersWithin(trial.parameters, Infinity)}` : undefined;
      case 'reported': {
        if (clock() - (saidAt.get(trial.number) ?? -Infinity) < EPOCH_SILENCE_MS) return undefined;
        saidAt.set(trial.number, clock());
        const value = valueOf(model.facts.objective, event.report) ?? NaN;
        return style.dim(`${name} epoch ${event.report.epoch}: ${metric()} ${formatMetric(value)}`);
      }
      case 'paused':
        return budget.take() ? `${name} paused at epoch ${event.epoch}: ${oneLine(event.reason)}` : undefined;
      case 'promoted':
        return budget.take() ? `${name} continues: ${oneLine(event.reason)}` : undefined;
      case 'retried':
        return style.yellow(`${name} is retried (${event.kind}): ${oneLine(event.message)}`);
      default:
        return undefined;
    }
  }

  function told(trial: Trial, outcome: Outcome, isBest: boolean): string {
    const name = `${label(trial.number)}${sourceText(trial)}`;
    if (outcome.status === 'failed') return style.red(`${name} failed (${outcome.kind}): ${oneLine(outcome.message)}`);
    const { best } = trial;
    const seconds = trainingSeconds(trial);
    const end =
      outcome.status === 'pruned'
        ? `pruned at epoch ${outcome.epoch} (${oneLine(outcome.reason)})`
        : `completed${outcome.reason === undefined ? '' : ` (${oneLine(outcome.reason)})`}`;
    const parts = [
      `${name} ${end}`,
      ...(best === undefined ? [] : [`${metric()} ${formatMetric(best.value)} at epoch ${best.epoch}`]),
      ...(isBest ? [style.green('the best so far')] : []),
      ...(seconds === undefined ? [] : [`took ${formatDuration(seconds)}`]),
      ...remaining(),
    ];
    return parts.join(', ');
  }

  function summarise(): void {
    if (clock() - summarisedAt < SUMMARY_EVERY_MS) return;
    summarisedAt = clock();
    const ended = endedOf(model.tally.search);
    if (ended === endedAtSummary) return;
    endedAtSummary = ended;
    const leftOut = budget.leftOut();
    const parts = [
      `${ended} of ${counted(model.total, 'trial')}`,
      ...remaining(),
      ...(leftOut > 0 ? [`${counted(leftOut, 'line')} left out`] : []),
    ];
    say(style.bold(`${parts.join(', ')}${bestInWords()}`));
  }

  function signOfLife(): string {
    const running = [...model.running].map((number) => {
      const epoch = model.history.trials[number]?.reports.length ?? 0;
      return `trial ${number} epoch ${epoch}${model.facts.epochs === undefined ? '' : `/${model.facts.epochs}`}`;
    });
    const state = running.length === 0 ? 'nothing is running' : `running: ${running.join(', ')}`;
    return [`${progress()} ${state}`, ...remaining()].join(', ');
  }

  function bestInWords(): string {
    const best = model.reference;
    if (best?.best === undefined) return '';
    const state = best.outcome === undefined ? `, ${best.state}` : '';
    return `, best ${metric()} ${formatMetric(best.best.value)} (trial ${best.number}${state})`;
  }

  function metric(): string {
    return oneLine(model.facts.objective.metric);
  }

  function label(trial: number): string {
    return `${progress()} trial ${trial}`;
  }

  function progress(): string {
    return `[${endedOf(model.tally.search)}${model.facts.total === undefined ? '' : `/${model.total}`}]`;
  }

  function remaining(): string[] {
    if (model.facts.total === undefined || model.isOver) return [];
    const slots = source.status().slots?.length ?? model.highestSlot + 1;
    const time = model.timeLeft(slots, clock());
    return time === undefined ? [] : [describeTimeLeft(time)];
  }
}
