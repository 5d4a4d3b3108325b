// What was decided, in words: the events of a study that a person wants to read.
import type { TrialEvent } from '../../study/events.js';
import type { Objective } from '../../study/objective.js';
import { type Outcome, type Trial, isOfSearch } from '../../study/trial.js';
import type { Tone } from '../text/line.js';
import { formatDifference, formatMetric } from '../../system/format.js';
import { oneLine } from '../../system/text-width.js';
import { slotName } from './slot-name.js';

export interface Decision {
  readonly at: number;
  readonly tone: Tone;
  readonly text: string;
  /** Part of the routine, such as a suggestion: left out where there is little room. */
  readonly routine: boolean;
}

/** Remembers the latest decisions. */
export class DecisionLog {
  private readonly kept: Decision[] = [];

  constructor(private readonly capacity = 200) {}

  add(decision: Decision): void {
    this.kept.push(decision);
    // In blocks, so that an event does not move the whole list.
    if (this.kept.length > 2 * this.capacity) this.kept.splice(0, this.capacity);
  }

  get size(): number {
    return Math.min(this.kept.length, this.capacity);
  }

  /** The latest first, from the `skip`-th on. */
  latest(count: number, skip = 0, withRoutine = true): readonly Decision[] {
    const chosen = withRoutine ? this.kept : this.kept.filter(({ routine }) => !routine);
    const end = chosen.length - skip;
    return chosen.slice(Math.max(0, end - count), Math.max(0, end)).reverse();
  }
}

/** Around an event: the trial that it is about, and the winner before and after it. */
export interface Circumstances {
  readonly objective: Objective;
  readonly trial: Trial | undefined;
  readonly before: Trial | undefined;
  readonly after: Trial | undefined;
}

/** What a trial is that is none of the search's. */
const SOURCES: Readonly<Record<Trial['source'], string>> = {
  sampler: '',
  enqueued: '',
  confirmation: ', a repeat with another seed,',
  baseline: ', from random weights,',
  fold: ', a fold of another trial,',
};

/** What the trial is that is none of the search's. */
export function sourceText({ source, fold }: Pick<Trial, 'source' | 'fold'>): string {
  return fold === undefined ? SOURCES[source] : `, fold ${fold.index + 1} of trial ${fold.of},`;
}

/** What an event says, or nothing where it is not a decision. */
export function describeEvent(event: TrialEvent, around: Circumstances): Decision | undefined {
  const decision = (tone: Tone, text: string): Decision => ({
    at: event.at,
    tone,
    text: oneLine(text),
    routine: tone === 'muted',
  });
  switch (event.type) {
    case 'created':
    case 'started':
    case 'reported':
      return undefined;
    case 'amended':
      return decision('strong', `study changed: ${event.changes.join('; ')}`);
    case 'asked':
      if (event.note === undefined) return undefined;
      return decision('muted', `trial ${event.trial}${isOfSearch(event) ? ' suggested' : ''}: ${event.note}`);
    case 'paused':
      return decision('muted', `trial ${event.trial} paused after epoch ${event.epoch}: ${event.reason}`);
    case 'folded':
      return decision(
        'muted',
        `trial ${event.trial} has ended its first fold${event.reason === undefined ? '' : `: ${event.reason}`}`,
      );
    case 'promoted':
      return decision('running', `trial ${event.trial} continues: ${event.reason}`);
    case 'retried':
      return decision('warning', `trial ${event.trial} is retried (${event.kind}): ${event.message}`);
    case 'prepared':
      return decision('muted', `${slotName(event.slot)} prefetched ${event.work.computed} images for other trials`);
    case 'stopped':
      return decision('muted', `the search is over: ${event.message}`);
    case 'warned':
      return decision('warning', `${event.trial === undefined ? '' : `trial ${event.trial}: `}${event.message}`);
    case 'told': {
      const text = `trial ${event.trial}${around.trial === undefined ? '' : sourceText(around.trial)} ${describeOutcome(event.outcome, around)}`;
      const { before, after } = around;
      if (after === before || after === undefined) return decision(event.outcome.status, text);
      if (after.number === event.trial) return decision('best', describeBest(event, around));
      return decision('best', `${text}; by the mean of its repeats trial ${after.number} is now the best`);
    }
  }
}

function describeOutcome(outcome: Outcome, { trial, before, objective }: Circumstances): string {
  switch (outcome.status) {
    case 'pruned':
      // Most reasons name the epoch themselves.
      return `pruned${/\bepoch\b/.test(outcome.reason) ? '' : ` at epoch ${outcome.epoch}`}: ${outcome.reason}`;
    case 'failed':
      return `failed (${outcome.kind}): ${outcome.message.split('\n', 1)[0] ?? ''}`;
    case 'completed': {
      const value = trial?.best === undefined ? '' : ` with ${objective.metric} ${formatMetric(trial.best.value)}`;
      const because = outcome.reason === undefined ? '' : `: ${outcome.reason}`;
      return `completed${value}${difference(trial, before)}${because}`;
    }
  }
}

/** What makes it the best comes first, how it ended last. */
function describeBest({ trial, outcome }: Extract<TrialEvent, { type: 'told' }>, around: Circumstances): string {
  const { best } = around.trial ?? {};
  const value =
    best === undefined ? '' : `: ${around.objective.metric} ${formatMetric(best.value)} at epoch ${best.epoch}`;
  const end =
    outcome.status === 'completed'
      ? `completed${outcome.reason === undefined ? '' : `: ${outcome.reason}`}`
      : describeOutcome(outcome, around);
  return `trial ${trial} is the best so far${value}${difference(around.trial, around.before)} (${end})`;
}

function difference(trial: Trial | undefined, best: Trial | undefined): string {
  if (trial?.best === undefined || best?.best === undefined) return '';
  return `, ${formatDifference(trial.best.value - best.best.value)} against trial ${best.number}`;
}
