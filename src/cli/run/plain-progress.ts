// Progress as lines of text, for logs and for terminals that should not be drawn over.
import { must } from '../../system/must.js';
import type { TrialEvent } from '../../study/events.js';
import type { History } from '../../study/history.js';
import { valueOf } from '../../study/objective.js';
import { type Outcome, type Trial, isOfSearch } from '../../study/trial.js';
import type { StudySession } from '../../app/open-study.js';
import { counted, formatDuration, formatMetric } from '../../system/format.js';
import { formatParameters } from '../table.js';
import { finishedTrials } from '../../app/files/read-study.js';
import type { Outlet } from '../terminal.js';
import { LineBudget } from './line-budget.js';
import { paceOf } from './pace.js';
import type { RunView } from './view.js';

/** Lines at once and a second of what can be left out; bests, failures and warnings are always written. */
const TRIAL_LINES = { burst: 20, perSecond: 2 };
/** An epoch is worth a line once nothing was said of its trial for so long. */
const EPOCH_SILENCE_MS = 5000;
const SUMMARY_EVERY_MS = 15_000;

/** @param clock milliseconds. */
export function plainProgress(session: StudySession, err: Outlet, clock = (): number => performance.now()): RunView {
  const { style } = err;
  const { study, total } = session;
  const { metric } = study.history.objective;
  const budget = new LineBudget(TRIAL_LINES, clock);
  const saidAt = new Map<number, number>();
  const began = clock();
  const before = finishedTrials(study.history);
  let best = study.history.best;
  let finished = before;
  let summarisedAt = began;

  for (const line of introduction(session, before)) err.line(line);
  return {
    event(event, history) {
      const text = describe(event, history);
      if (text !== undefined) err.line(text);
      if (clock() - summarisedAt < SUMMARY_EVERY_MS) return;
      summarisedAt = clock();
      if (finished > before) err.line(summary());
    },
    activity(activity) {
      if (activity.type === 'problem') err.line(style.yellow(activity.message));
      else if (activity.type === 'occupied' && activity.resumed && budget.take()) {
        err.line(`${label(activity.trial)} continues after epoch ${activity.trial.reports.length}`);
      }
    },
    notice: (text) => err.line(style.yellow(text)),
    close() {},
  };

  function describe(event: TrialEvent, history: History): string | undefined {
    switch (event.type) {
      case 'told': {
        const trial = must(history.trials[event.trial], 'a trial');
        saidAt.delete(event.trial);
        if (isOfSearch(trial)) finished++;
        const isBest = history.best === trial && best?.number !== trial.number;
        best = history.best;
        const matters = isBest || event.outcome.status === 'failed';
        return matters || budget.take() ? told(trial, event.outcome, isBest) : undefined;
      }
      case 'started': {
        const trial = must(history.trials[event.trial], 'a trial');
        saidAt.set(event.trial, clock());
        return budget.take() ? `${label(trial)} ${formatParameters(trial.parameters)}` : undefined;
      }
      case 'reported': {
        const trial = must(history.trials[event.trial], 'a trial');
        const value = valueOf(history.objective, event.report);
        const text = `${label(trial)} epoch ${event.report.epoch}: ${metric} ${value === undefined ? '–' : formatMetric(value)}`;
        if (clock() - (saidAt.get(event.trial) ?? -Infinity) < EPOCH_SILENCE_MS) return undefined;
        saidAt.set(event.trial, clock());
        return style.dim(text);
      }
      case 'paused':
        return budget.take() ? `${name(event.trial)} paused at epoch ${event.epoch}: ${event.reason}` : undefined;
      case 'promoted':
        return budget.take() ? `${name(event.trial)} continues: ${event.reason}` : undefined;
      case 'retried':
        return style.yellow(`${name(event.trial)} is retried (${event.kind}): ${event.message}`);
      case 'warned':
        return `${style.yellow('warning:')} ${event.message}`;
      case 'created':
      case 'amended':
      case 'asked':
      case 'prepared':
        return undefined;
    }
  }

  function told(trial: Trial, outcome: Outcome, isBest: boolean): string {
    const value =
      trial.best === undefined ? '' : `, ${metric} ${formatMetric(trial.best.value)} at epoch ${trial.best.epoch}`;
    const mark = isBest ? style.green(', the best so far') : '';
    switch (outcome.status) {
      case 'completed':
        return `${label(trial)} completed${outcome.reason === undefined ? '' : ` (${outcome.reason})`}${value}${mark}`;
      case 'pruned':
        return `${label(trial)} pruned at epoch ${outcome.epoch}: ${outcome.reason}${isBest ? style.green('; still the best so far') : ''}`;
      case 'failed':
        return style.red(`${label(trial)} failed (${outcome.kind}): ${outcome.message}`);
    }
  }

  function label(trial: Trial): string {
    return name(trial.number);
  }

  function name(trial: number): string {
    return `[${finished}/${total}] trial ${trial}`;
  }

  function summary(): string {
    const withheld = budget.withheld();
    const { perMinute, secondsLeft } = paceOf(finished - before, (clock() - began) / 1000, total - finished);
    const parts = [
      `${finished} of ${counted(total, 'trial')}`,
      ...(perMinute > 0 ? [formatRate(perMinute)] : []),
      ...(secondsLeft === undefined ? [] : [`about ${formatDuration(secondsLeft)} left`]),
      ...(best?.best === undefined ? [] : [`best ${metric} ${formatMetric(best.best.value)} (trial ${best.number})`]),
      ...(withheld > 0 ? [`${counted(withheld, 'line')} left out`] : []),
    ];
    return style.bold(parts.join(' · '));
  }
}

function formatRate(perMinute: number): string {
  return perMinute >= 1
    ? `${perMinute.toPrecision(2)} trials a minute`
    : `${(perMinute * 60).toPrecision(2)} trials an hour`;
}

/** "2 workers", or "4 workers on GPU 0, GPU 1". */
function describeSlots(slots: StudySession['slots']): string {
  const gpus = [...new Set(slots.flatMap(({ gpu }) => gpu?.label ?? []))];
  return `${counted(slots.length, 'worker')}${gpus.length === 0 ? '' : ` on ${gpus.join(', ')}`}`;
}

function introduction({ definition, slots, engine, total, record, notices }: StudySession, done: number): string[] {
  const { images } = record;
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  const parts = [
    counted(total, 'trial'),
    definition.search.strategy,
    definition.pruner.type === 'none' ? 'no pruning' : `${definition.pruner.type} pruner`,
    describeSlots(slots),
    ...(engine === undefined ? [] : [`engine ${engine}`]),
  ];
  return [
    `${definition.name}: ${parts.join(', ')}`,
    ...(images === undefined
      ? []
      : [
          `images: ${sum(images.counts.train)} training, ${sum(images.counts.validation)} validation, of ${images.classes.length} classes`,
        ]),
    ...notices,
    ...(done > 0 ? [`continuing: ${done} of ${counted(total, 'trial')} done`] : []),
  ];
}
