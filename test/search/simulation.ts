// A study without a controller, for tests of samplers: ask, evaluate, tell, some trials in flight.
import { RandomStream } from '../../src/math/random.js';
import type { Sampler } from '../../src/search/sampler.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { Objective } from '../../src/study/objective.js';
import type { Parameters } from '../../src/study/parameters.js';
import type { Outcome } from '../../src/study/trial.js';

export const MINIMIZE: Objective = { metric: 'loss', direction: 'minimize' };

/** Adds a trial that is asked and started; returns its number. */
export function start(
  history: HistoryLedger,
  parameters: Parameters,
  source: 'sampler' | 'enqueued' = 'sampler',
  note?: string,
): number {
  const trial = history.trials.length;
  history.apply({ type: 'asked', trial, parameters, source, ...(note === undefined ? {} : { note }), at: 0 });
  history.apply({ type: 'started', trial, slot: 0, at: 0 });
  return trial;
}

/** Reports one value per epoch, then tells the outcome. */
export function finish(
  history: HistoryLedger,
  trial: number,
  values: readonly number[],
  outcome: Outcome = { status: 'completed' },
): void {
  values.forEach((value, i) => {
    const report = { epoch: i + 1, metrics: { [history.objective.metric]: value } };
    history.apply({ type: 'reported', trial, report, at: 0 });
  });
  history.apply({ type: 'told', trial, outcome, at: 0 });
}

/** Asks until `trials` are there or the space is exhausted, each told once `inFlight` others are running. */
export function simulate(
  sampler: Sampler,
  evaluate: (parameters: Parameters, trial: number) => number,
  {
    trials,
    seed = 0,
    inFlight = 1,
    objective = MINIMIZE,
  }: { trials: number; seed?: number; inFlight?: number; objective?: Objective },
): HistoryLedger {
  const history = new HistoryLedger(objective);
  const running: number[] = [];
  const tellOldest = (): void => {
    const trial = running.shift() as number;
    finish(history, trial, [evaluate(history.trials[trial]?.parameters as Parameters, trial)]);
  };
  while (history.trials.length < trials) {
    const suggestion = sampler.ask(history, RandomStream.of(seed, 'ask', history.trials.length));
    if (suggestion === undefined) break;
    running.push(start(history, suggestion.parameters, 'sampler', suggestion.note));
    if (running.length === inFlight) tellOldest();
  }
  while (running.length > 0) tellOldest();
  return history;
}
