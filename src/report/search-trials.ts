// The trials of the search alone: repeats and the baseline come after it, and are spoken of where they belong.
import type { History } from '../study/history.js';
import { type Trial, isOfSearch } from '../study/trial.js';

export function searchTrials({ trials }: Pick<History, 'trials'>): Trial[] {
  return trials.filter(isOfSearch);
}

/** How many of the trials are in each state. */
export function countStates(trials: readonly Trial[]): Readonly<Record<Trial['state'], number>> {
  const counts = { asked: 0, running: 0, paused: 0, completed: 0, pruned: 0, failed: 0 };
  for (const { state } of trials) counts[state]++;
  return counts;
}
