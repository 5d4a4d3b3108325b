// The contract of a study's storage.
import type { TrialEvent } from '../study/events.js';

export interface StudyStore {
  /** Every event so far, in order. A torn last one is cut off; any other damage is an error and nothing is overwritten. */
  load(): Promise<readonly TrialEvent[]>;
  /** Adds an event. It is durable once a later `flush` resolves, and after about a second at the latest. */
  append(event: TrialEvent): void;
  /** Resolves when everything appended before the call is on disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
