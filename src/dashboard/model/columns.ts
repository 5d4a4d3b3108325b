// The columns of the table of trials: what each shows and how it orders.
import { trainingSeconds } from '../../study/training-time.js';
import { type Trial, isOfSearch } from '../../study/trial.js';
import type { Tone } from '../text/line.js';
import { formatDuration, formatMetric, formatScalar } from '../../system/format.js';
import { oneLine, widthOf } from '../../system/text-width.js';
import type { TrialOrder } from './sorted-trials.js';
import type { StudyFacts } from './study-facts.js';
import { ownValue } from '../../system/own.js';

export interface Column {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  /** Cells that the values of a parameter need; its title may need more. */
  readonly narrow?: number;
  readonly align: 'left' | 'right';
  /** Whether the order that a person expects first has large keys on top. */
  readonly descending: boolean;
  readonly key: TrialOrder['key'];
  readonly text: (trial: Trial) => string;
}

export const STATE_SIGNS: Readonly<
  Record<Trial['state'], { readonly sign: string; readonly word: string; readonly tone: Tone }>
> = {
  asked: { sign: '○', word: 'waiting', tone: 'muted' },
  running: { sign: '●', word: 'running', tone: 'running' },
  paused: { sign: '‖', word: 'aside', tone: 'muted' },
  completed: { sign: '✓', word: 'done', tone: 'completed' },
  pruned: { sign: '▼', word: 'pruned', tone: 'pruned' },
  failed: { sign: '✗', word: 'failed', tone: 'failed' },
};

const STATE_RANK: Readonly<Record<Trial['state'], number>> = {
  running: 0,
  paused: 1,
  asked: 2,
  completed: 3,
  pruned: 4,
  failed: 5,
};

/** Longer names are shortened, and so are longer choices. */
const WIDE_PARAMETER = 13;
const NARROW_PARAMETER = 8;

export function columnsOf(facts: StudyFacts): readonly Column[] {
  return [
    {
      ...{ id: 'number', title: 'trial', width: Math.max(5, String(facts.total ?? 0).length) },
      ...{ align: 'right', descending: false },
      key: ({ number }) => number,
      text: ({ number }) => String(number),
    },
    {
      ...{ id: 'state', title: 'state', width: 9, align: 'left', descending: false },
      key: ({ state }) => STATE_RANK[state],
      text: stateText,
    },
    {
      ...{ id: 'value', title: oneLine(facts.objective.metric), width: 9, align: 'right' },
      descending: facts.objective.direction === 'maximize',
      key: valueKey,
      text: valueText,
    },
    {
      ...{ id: 'epochs', title: 'epochs', width: 6, align: 'right', descending: true },
      key: ({ reports }) => reports.length,
      text: ({ reports }) => String(reports.length),
    },
    {
      ...{ id: 'time', title: 'time', width: 7, align: 'right', descending: true },
      key: trainingSeconds,
      text: timeText,
    },
    ...facts.parameters.map(parameterColumn),
  ];
}

export function orderBy(one: Column, reversed: boolean): TrialOrder {
  return { key: one.key, descending: one.descending !== reversed };
}

function parameterColumn({ name, width: own }: StudyFacts['parameters'][number]): Column {
  const title = oneLine(name);
  const width = Math.min(WIDE_PARAMETER, Math.max(own, widthOf(title)));
  const key = ({ parameters }: Trial): string | number | undefined => {
    const value = ownValue(parameters, name);
    return typeof value === 'boolean' ? String(value) : value;
  };
  const text = ({ parameters }: Trial): string => {
    const value = ownValue(parameters, name);
    return value === undefined ? '·' : formatScalar(value);
  };
  const narrow = Math.min(NARROW_PARAMETER, own);
  return { id: `parameter ${name}`, title, width, narrow, align: 'right', descending: false, key, text };
}

/** What a trial is that is none of the search's, in place of how it ended where that was well. */
export const SOURCE_WORDS: Readonly<Record<Trial['source'], string | undefined>> = {
  sampler: undefined,
  enqueued: undefined,
  confirmation: 'repeat',
  baseline: 'scratch',
  fold: 'fold',
};

/** The same where there is room for it. */
export const SOURCE_FACTS: Readonly<Record<Trial['source'], string | undefined>> = {
  sampler: undefined,
  enqueued: 'enqueued in the study file',
  confirmation: 'a repeat with another seed',
  baseline: 'from random weights',
  fold: 'a fold of another trial',
};

/** The same in one cell. */
export const SOURCE_SIGNS: Readonly<Record<Trial['source'], string>> = {
  sampler: ' ',
  enqueued: ' ',
  confirmation: '≈',
  baseline: '∅',
  fold: '·',
};

function stateText({ state, source }: Trial): string {
  const { sign, word } = STATE_SIGNS[state];
  return `${sign} ${state === 'completed' || state === 'running' ? (SOURCE_WORDS[source] ?? word) : word}`;
}

/**
 * A failed trial may have been good until it failed; it cannot be used, so it has no place in the ranking. Folds, repeats and the
 * baseline say something of another trial, so they have none either.
 */
function valueKey(trial: Trial): number | undefined {
  return trial.state === 'failed' || !isOfSearch(trial) ? undefined : trial.best?.value;
}

function valueText({ best }: Trial): string {
  return best === undefined ? '·' : formatMetric(best.value);
}

/** What is not known is no zero. */
function timeText(trial: Trial): string {
  const seconds = trainingSeconds(trial);
  return seconds === undefined ? '·' : formatDuration(seconds);
}
