// The best trial so far, whether it has ended or not.
import type { History } from './history.js';
import { isAhead } from './folds.js';
import { type Trial, isOfSearch } from './trial.js';

/** A trial that has a value. */
export type ValuedTrial = Trial & { readonly best: NonNullable<Trial['best']> };

/**
 * The trial of the search with the best value: finished, running or paused. Failed trials do not count, repeats and the baseline
 * neither. Of equal ones the first; where trials have folds, of those with the most. Undefined where no trial has a value.
 */
export function bestSoFar({ trials, objective }: Pick<History, 'trials' | 'objective'>): ValuedTrial | undefined {
  let leader: ValuedTrial | undefined;
  for (const trial of trials) {
    if (trial.best === undefined || trial.state === 'failed' || !isOfSearch(trial)) continue;
    if (isAhead(objective, trial, leader)) leader = trial as ValuedTrial;
  }
  return leader;
}
