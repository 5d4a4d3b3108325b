// The readable snapshot of a study: what study.db.json holds. Made from history, never read back by the program.
import { bestSoFar } from '../study/best-so-far.js';
import type { History } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import type { Parameters } from '../study/parameters.js';
import {
  type FoldPlace,
  type FoldScore,
  type Outcome,
  type Trial,
  type TrialState,
  bestReportOf,
} from '../study/trial.js';

export interface StudySnapshot {
  readonly name: string;
  readonly objective: Objective;
  readonly counts: Readonly<Record<TrialState, number>>;
  /** The best so far, whether it has ended or not: its `state` says. */
  readonly best: TrialSnapshot | null;
  readonly warnings: readonly string[];
  readonly trials: readonly TrialSnapshot[];
}

export interface TrialSnapshot {
  readonly number: number;
  readonly state: TrialState;
  readonly parameters: Parameters;
  readonly source: Trial['source'];
  readonly note?: string;
  /** Of source 'fold'. */
  readonly fold?: FoldPlace;
  /** Of a trial in folds: those that have ended. `value` is their mean. */
  readonly folds?: readonly FoldScore[];
  readonly epochs: number;
  /** The objective at the best epoch; all metrics of that epoch are beside it. */
  readonly value: number | null;
  readonly bestEpoch: number | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly outcome: Outcome | null;
  /** ISO 8601. */
  readonly askedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export function snapshotOf(name: string, history: History): StudySnapshot {
  const leader = bestSoFar(history);
  return {
    name,
    objective: history.objective,
    counts: { ...history.counts },
    best: leader === undefined ? null : trialSnapshot(leader),
    warnings: [...history.warnings],
    trials: history.trials.map(trialSnapshot),
  };
}

/** A trial as every JSON of the program has it. */
export function trialSnapshot(trial: Trial): TrialSnapshot {
  const best = trial.best;
  return {
    number: trial.number,
    state: trial.state,
    parameters: trial.parameters,
    source: trial.source,
    ...(trial.note === undefined ? {} : { note: trial.note }),
    ...(trial.fold === undefined ? {} : { fold: trial.fold }),
    ...(trial.folds === undefined ? {} : { folds: trial.folds }),
    epochs: trial.reports.length,
    value: best?.value ?? null,
    bestEpoch: best?.epoch ?? null,
    metrics: bestReportOf(trial)?.metrics ?? {},
    outcome: trial.outcome ?? null,
    askedAt: iso(trial.askedAt),
    startedAt: trial.startedAt === undefined ? null : iso(trial.startedAt),
    endedAt: trial.endedAt === undefined ? null : iso(trial.endedAt),
  };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
