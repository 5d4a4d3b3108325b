// The contract of what watches a running study.
import type { Activity } from '../../controller/activity.js';
import type { TrialEvent } from '../../study/events.js';
import type { History } from '../../study/history.js';

export interface RunView {
  event?(event: TrialEvent, history: History): void;
  activity?(activity: Activity): void;
  /** A person asked for the end. */
  notice?(text: string): void;
  close(): Promise<void> | void;
}
