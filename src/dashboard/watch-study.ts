// A study that another process runs, seen through its journal: read as it grows, never written.
import { existsSync } from 'node:fs';
import { JournalReader } from '../store/journal-reader.js';
import { layoutAt } from '../store/run-layout.js';
import { FileLock } from '../system/file-lock.js';
import { HpoError } from '../study/errors.js';
import type { TrialEvent } from '../study/events.js';
import type { DashboardSource } from './source.js';

export interface WatchedStudy extends DashboardSource {
  /** Stops looking. */
  close(): void;
}

export interface WatchOptions {
  /** Milliseconds between looks at the journal. */
  readonly interval?: number;
  /** Called when the journal cannot be read any more: once, until it can. It is looked at again and again. */
  readonly onError?: (error: unknown) => void;
}

const INTERVAL = 500;

/**
 * Reads what a run's folder holds and follows it from there.
 * @throws HpoError ERR_STUDY_NOT_FOUND where there is no journal; ERR_JOURNAL_DAMAGED, ERR_JOURNAL_VERSION.
 */
export async function watchStudy(
  runDirectory: string,
  { interval = INTERVAL, onError }: WatchOptions = {},
): Promise<WatchedStudy> {
  const layout = layoutAt(runDirectory);
  if (!existsSync(layout.journal)) {
    throw new HpoError('ERR_STUDY_NOT_FOUND', `expected a study's journal, got nothing at ${layout.journal}`);
  }
  const reader = new JournalReader(layout.journal);
  const past = await reader.read();
  const listeners = new Set<(event: TrialEvent) => void>();
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;
  let live = FileLock.holder(layout.lock) !== undefined;

  let isTold = false;
  const look = async (): Promise<void> => {
    try {
      live = FileLock.holder(layout.lock) !== undefined;
      for (const event of await reader.read()) {
        past.push(event);
        for (const listener of listeners) listener(event);
      }
      isTold = false;
    } catch (error) {
      if (!isTold) onError?.(error);
      isTold = true;
    } finally {
      schedule();
    }
  };
  const schedule = (): void => {
    if (isOpen) timer = setTimeout(() => void look(), interval);
  };
  schedule();

  return {
    past,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    status: () => ({ live }),
    close() {
      isOpen = false;
      clearTimeout(timer);
    },
  };
}
