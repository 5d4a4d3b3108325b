// The contract of a pruner: whether a trial is worth its next epoch.
import type { History } from '../study/history.js';
import type { Trial } from '../study/trial.js';

/** The report that a verdict rests on: the value that the judged trial's best was compared with. */
export interface Rival {
  readonly trial: number;
  readonly epoch: number;
}

export type Verdict =
  | { readonly action: 'continue'; readonly reason: string }
  /** Give the trial up: it is worse than it should be. */
  | { readonly action: 'prune'; readonly reason: string; readonly rival?: Rival }
  /** Enough epochs: it counts as completed and may be the best. */
  | { readonly action: 'complete'; readonly reason: string }
  /** Put it aside with its checkpoint; `promote` may continue it. */
  | { readonly action: 'pause'; readonly reason: string; readonly rival?: Rival };

/** Pure functions of history: no state, no randomness, no clock. Reasons give the numbers: "0.71 against a median of 0.83 of 9". */
export interface Pruner {
  /** Judges a running trial after its latest report (`history` includes it). */
  judge(trial: Trial, history: History): Verdict;
  /** The paused trial that has earned its next epochs, if any; asked before a new trial is. */
  promote?(history: History): { readonly trial: number; readonly reason: string } | undefined;
  /** Why a trial that is still paused when the study ends is given up, in words. */
  leftOver?(trial: Trial, history: History): string;
}
