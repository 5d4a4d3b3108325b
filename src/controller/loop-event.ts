// What can happen while a study runs, as one union; the loop handles it in one place.
import type { Decision } from '../search/pruner.js';
import type { MachineKind } from '../study/machine-kind.js';
import type { Verdict } from '../study/trial-runner.js';
import type { Failure, Outcome, Report } from '../study/trial.js';

/** What can happen while a study runs. */
export type LoopEvent =
  /** A trial finished an epoch; its trainer waits for the answer. */
  | {
      readonly type: 'reported';
      readonly trial: SlotTrial;
      readonly report: Report;
      readonly answer: (verdict: Verdict) => void;
    }
  /** A slot no longer has a trial. */
  | { readonly type: 'ended'; readonly trial: SlotTrial; readonly outcome: Outcome | undefined }
  /** A slot has come to the end of all that it was given. */
  | { readonly type: 'freed'; readonly slot: number }
  /** A person paused, resumed, interrupted or finished the study, or pruned a trial. */
  | { readonly type: 'controlled' }
  /** There are more or fewer slots than before. */
  | { readonly type: 'resized' }
  /** Something makes it impossible to go on. */
  | { readonly type: 'broken'; readonly error: unknown };

/** A trial that a slot has. */
export interface SlotTrial {
  readonly number: number;
  readonly slot: number;
  /** Tells its trainer that it is given up. */
  readonly abort: AbortController;
  /** Where it is, if not on this machine. */
  machine?: MachineKind;
  /** What was last decided on it. */
  decision: Decision | Failure;
  /** Answers the report that waits while the study is paused. */
  answer?: ((verdict: Verdict) => void) | undefined;
}
