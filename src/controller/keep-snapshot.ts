// Keeps a study's readable snapshot up to date at trial boundaries.
import type { SnapshotFile } from '../store/snapshot-file.js';
import { type StudySnapshot, snapshotOf } from '../store/snapshot.js';
import type { LiveStudy } from './live-study.js';

/** Starts it. Call what it returns at the end: it writes the last snapshot. */
export function keepSnapshot(study: LiveStudy, name: string, file: SnapshotFile): () => Promise<void> {
  const make = (): StudySnapshot => snapshotOf(name, study.history);
  const stop = study.subscribe(({ type }) => {
    if (type === 'told' || type === 'created') file.offer(make);
  });
  return async () => {
    stop();
    await file.finish(make);
  };
}
