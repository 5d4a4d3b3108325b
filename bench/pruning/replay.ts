// A study over recorded curves: real pruner, real history, simulated clock.
import type { Pruner } from '../../src/search/pruner.js';
import type { TrialEvent } from '../../src/study/events.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { Objective } from '../../src/study/objective.js';
import type { Outcome } from '../../src/study/trial.js';
import type { Curve } from './curves.js';

export const ACCURACY: Objective = { metric: 'accuracy', direction: 'maximize' };

export interface Replay {
  readonly history: HistoryLedger;
  /** Epochs trained, by trial. */
  readonly spent: readonly number[];
  /** Simulated seconds until the last worker was done. */
  readonly seconds: number;
  /** In order of time, in milliseconds; the first one is that of the first trial. */
  readonly events: readonly TrialEvent[];
}

interface Busy {
  readonly trial: number;
  readonly slot: number;
  /** When the running epoch ends. */
  readonly until: number;
}

/** Trains the curves in their order on so many workers, as the controller does: what was promoted goes before what is new, and a value that is not finite fails its trial. */
export function replay(curves: readonly Curve[], pruner: Pruner, workers: number): Replay {
  const history = new HistoryLedger(ACCURACY);
  const spent = curves.map(() => 0);
  const busy: Busy[] = [];
  let now = 0;
  const events: TrialEvent[] = [];
  const record = (event: TrialEvent): void => {
    const timed = { ...event, at: 1000 * event.at };
    history.apply(timed);
    events.push(timed);
  };
  const tell = (trial: number, outcome: Outcome): void => record({ type: 'told', trial, outcome, at: now });
  const freeSlot = (): number => {
    const taken = new Set(busy.map(({ slot }) => slot));
    return Array.from({ length: workers }, (_, slot) => slot).find((slot) => !taken.has(slot)) ?? 0;
  };
  const train = (trial: number): void =>
    void busy.push({ trial, slot: freeSlot(), until: now + (curves[trial] as Curve).seconds });

  const startNext = (): boolean => {
    const asked = history.trials.length;
    const promotion = pruner.promote?.(history, curves.length - asked);
    if (promotion !== undefined) {
      record({ type: 'promoted', ...promotion, at: now });
      train(promotion.trial);
    } else if (asked < curves.length) {
      record({ type: 'asked', trial: asked, parameters: { id: asked }, source: 'sampler', at: now });
      record({ type: 'started', trial: asked, slot: freeSlot(), at: now });
      train(asked);
    } else return false;
    return true;
  };

  for (;;) {
    while (busy.length < workers && startNext());
    if (busy.length === 0) break;
    const next = busy.reduce((first, candidate) => (candidate.until < first.until ? candidate : first));
    busy.splice(busy.indexOf(next), 1);
    now = next.until;
    const { trial } = next;
    const { accuracy } = curves[trial] as Curve;
    const epoch = (spent[trial] = (spent[trial] ?? 0) + 1);
    const value = accuracy[epoch - 1] as number;
    if (!Number.isFinite(value)) {
      tell(trial, { status: 'failed', kind: 'diverged', message: `accuracy is ${value} at epoch ${epoch}` });
      continue;
    }
    record({
      type: 'reported',
      trial,
      report: { epoch, metrics: { accuracy: value }, seconds: (curves[trial] as Curve).seconds },
      at: now,
    });
    const decision = pruner.decide(history.trials[trial] as HistoryLedger['trials'][number], history);
    if (decision.action === 'prune') tell(trial, { status: 'pruned', epoch, reason: decision.reason });
    else if (decision.action === 'complete' || epoch === accuracy.length) tell(trial, { status: 'completed' });
    else if (decision.action === 'pause') record({ type: 'paused', trial, epoch, reason: decision.reason, at: now });
    else train(trial);
  }
  for (const trial of history.trials.filter(({ state }) => state === 'paused')) {
    tell(trial.number, {
      status: 'pruned',
      epoch: trial.reports.length,
      reason: pruner.leftOver?.(trial, history) ?? '',
    });
  }
  return { history, spent, seconds: now, events };
}
