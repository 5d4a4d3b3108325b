// The store of a study that lives as long as its process.
import type { TrialEvent } from '../study/events.js';
import type { StudyStore } from './study-store.js';

export class MemoryStore implements StudyStore {
  private readonly events: TrialEvent[];

  constructor(events: readonly TrialEvent[] = []) {
    this.events = [...events];
  }

  load(): Promise<readonly TrialEvent[]> {
    return Promise.resolve([...this.events]);
  }

  append(event: TrialEvent): void {
    this.events.push(event);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
