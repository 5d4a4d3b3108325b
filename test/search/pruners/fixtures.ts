// Histories for pruner tests, made of events as a study makes them.
import type { TrialEvent } from '../../../src/study/events.js';
import { type History, HistoryLedger } from '../../../src/study/history.js';
import type { Objective } from '../../../src/study/objective.js';
import type { Outcome, Trial } from '../../../src/study/trial.js';

export const maximizeF1: Objective = { metric: 'macroF1', direction: 'maximize' };
export const minimizeLoss: Objective = { metric: 'loss', direction: 'minimize' };

export type CurveState = 'completed' | 'pruned' | 'diverged' | 'out-of-memory' | 'paused' | 'running';

export interface Curve {
  /** One value per epoch. */
  readonly values: readonly number[];
  readonly state?: CurveState;
}

/** The events of trials that ran one after the other. */
export function eventsOf(objective: Objective, curves: readonly Curve[], first = 0): TrialEvent[] {
  return curves.flatMap(({ values, state = 'completed' }, i): TrialEvent[] => {
    const trial = first + i;
    return [
      { type: 'asked', trial, parameters: { id: trial }, source: 'sampler', at: 0 },
      { type: 'started', trial, slot: 0, at: 0 },
      ...values.map((value, j): TrialEvent => {
        return { type: 'reported', trial, report: { epoch: j + 1, metrics: { [objective.metric]: value } }, at: 0 };
      }),
      ...eventsAfter(trial, values.length, state),
    ];
  });
}

function eventsAfter(trial: number, epoch: number, state: CurveState): TrialEvent[] {
  const told = (outcome: Outcome): TrialEvent[] => [{ type: 'told', trial, outcome, at: 0 }];
  switch (state) {
    case 'running':
      return [];
    case 'paused':
      return [{ type: 'paused', trial, epoch, reason: 'rung', at: 0 }];
    case 'completed':
      return told({ status: 'completed' });
    case 'pruned':
      return told({ status: 'pruned', epoch, reason: 'poor' });
    case 'diverged':
    case 'out-of-memory':
      return told({ status: 'failed', kind: state, message: state });
  }
}

export function historyOf(objective: Objective, curves: readonly Curve[]): HistoryLedger {
  const history = new HistoryLedger(objective);
  for (const event of eventsOf(objective, curves)) history.apply(event);
  return history;
}

/** The latest trial's record. */
export function latest(history: HistoryLedger): Trial {
  const trial = history.trials.at(-1);
  if (trial === undefined) throw new RangeError('expected a trial, got an empty history');
  return trial;
}

/** The same history in records of its own, as after a restart. */
export function copyOf(history: History): History {
  const trials = structuredClone(history.trials);
  const { objective, folds, parts, best, failuresInARow, warnings, record, stopped, prepared } = history;
  return {
    objective,
    folds,
    parts,
    best,
    failuresInARow,
    warnings,
    record,
    stopped,
    prepared,
    trials,
    counts: { ...history.counts },
    has: () => false,
  };
}
