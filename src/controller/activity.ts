// What happens in the slots, live.
import type { Decision } from '../search/pruner.js';
import type { Trial } from '../study/trial.js';
import type { SlotUtilisation } from '../workers/slot/slot-meter.js';

/** None of it is part of the study: events are. */
export type Activity =
  | { readonly type: 'occupied'; readonly slot: number; readonly trial: Trial; readonly resumed: boolean }
  | { readonly type: 'freed'; readonly slot: number }
  | { readonly type: 'decided'; readonly trial: Trial; readonly decision: Decision }
  | { readonly type: 'measured'; readonly utilisation: SlotUtilisation }
  /** A worker on this machine has the slot's trials. */
  | { readonly type: 'placed'; readonly slot: number; readonly machine: string }
  | { readonly type: 'resized'; readonly slots: number }
  | { readonly type: 'problem'; readonly message: string };
