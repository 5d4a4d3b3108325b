// The contract of a pruner: whether a trial is worth its next epoch.
import type { History } from '../study/history.js';
import type { Trial } from '../study/trial.js';

/** What a trial's best value so far was compared with: another trial's value at an epoch, or a bound. */
export type Rival =
  | { readonly kind: 'trial'; readonly trial: number; readonly epoch: number }
  | { readonly kind: 'bound'; readonly value: number };

export type Decision =
  | { readonly action: 'continue'; readonly reason: string }
  /** Give the trial up: it is worse than it should be. */
  | { readonly action: 'prune'; readonly reason: string; readonly rival?: Rival }
  /** Enough epochs: it counts as completed and may be the best. */
  | { readonly action: 'complete'; readonly reason: string }
  /** Put it aside with its checkpoint; `promote` may continue it. */
  | { readonly action: 'pause'; readonly reason: string };

export interface Promotion {
  readonly trial: number;
  readonly reason: string;
}

/** Pure functions of history: no state, no randomness, no clock. Reasons give the numbers: "0.71 against a median of 0.83 of 9". */
export interface Pruner {
  /** Decides on a running trial after its latest report (`history` includes it). */
  decide(trial: Trial, history: History): Decision;
  /**
   * The paused trial that has earned its next epochs, if any. Asked before a new trial is, and once more when there is
   * none: with `remaining`, the new trials that may still be asked, at 0 the best of the paused ones are no longer kept
   * waiting for better ones to come. Undefined while others run means 'not yet'; while none runs and nothing remains,
   * that the paused trials are given up.
   */
  promote?(history: History, remaining: number): Promotion | undefined;
  /** Why a trial that is still paused when the study ends is given up, in words. */
  leftOver?(trial: Trial, history: History): string;
}
