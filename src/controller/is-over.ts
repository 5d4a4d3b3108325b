// Whether a study has nothing left to do: for the loop that runs it, and for whoever reads its journal.
import type { History } from '../study/history.js';
import { isOfSearch } from '../study/trial.js';
import { nextBaseline } from './baseline.js';
import { type ConfirmOptions, nextToConfirm } from './confirmation.js';

export interface StudyPlan {
  /** Trials of the search, in total. */
  readonly trials: number;
  readonly confirm?: ConfirmOptions | undefined;
  readonly baseline?: boolean | undefined;
}

/** @param exhausted whether the space has nothing more to try. */
export function isOver(history: History, { trials, confirm, baseline }: StudyPlan, exhausted: boolean): boolean {
  const { asked, running, paused } = history.counts;
  if (asked + running + paused > 0) return false;
  if (!exhausted && history.stopped === undefined && history.trials.filter(isOfSearch).length < trials) return false;
  if (confirm !== undefined && nextToConfirm(history, confirm) !== undefined) return false;
  return baseline !== true || nextBaseline(history) === undefined;
}
