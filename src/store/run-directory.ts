// A run that this process has opened: locked, its journal loaded, its files at hand.
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TrialEvent } from '../study/events.js';
import { messageOf } from '../study/errors.js';
import { JournalStore } from './journal-store.js';
import type { RunLayout } from './run-layout.js';
import { SessionLog } from './session-log.js';
import { SnapshotFile } from './snapshot-file.js';
import type { FileLock } from '../system/file-lock.js';
import { lockStudy } from './study-lock.js';
import { TrialFolders } from './trial-folders.js';

interface OpenedFiles {
  readonly layout: RunLayout;
  readonly lock: FileLock;
  readonly log: SessionLog;
  readonly store: JournalStore;
  /** What the journal held when it was opened. */
  readonly events: readonly TrialEvent[];
  readonly snapshot: SnapshotFile;
}

export class RunDirectory {
  readonly layout: RunLayout;
  readonly log: SessionLog;
  readonly store: JournalStore;
  /** What the journal held when it was opened. */
  readonly events: readonly TrialEvent[];
  readonly snapshot: SnapshotFile;
  readonly trials: TrialFolders;
  private readonly lock: FileLock;

  private constructor({ layout, lock, log, store, events, snapshot }: OpenedFiles) {
    this.layout = layout;
    this.lock = lock;
    this.log = log;
    this.store = store;
    this.events = events;
    this.snapshot = snapshot;
    this.trials = new TrialFolders(layout.trials);
  }

  /** Whether the last process that ran the study ended without closing it: killed, crashed, or with the whole machine. */
  get wasCutOff(): boolean {
    return this.lock.wasLeftBehind;
  }

  /**
   * Takes the lock and loads the journal.
   * @param fresh moves an earlier run to earlier/, whole, instead of continuing it.
   * @throws HpoError ERR_STUDY_LOCKED, ERR_JOURNAL_DAMAGED, ERR_JOURNAL_VERSION, ERR_STORE.
   */
  static async open(layout: RunLayout, { fresh = false }: { fresh?: boolean } = {}): Promise<RunDirectory> {
    const lock = lockStudy(layout.lock);
    try {
      if (fresh) moveToEarlier(layout);
      const store = new JournalStore(layout.journal);
      const events = await store.load();
      const log = new SessionLog(layout.log);
      log.write(`process ${process.pid} opened the run: ${events.length} events`);
      const snapshot = new SnapshotFile(layout.snapshot, (error) =>
        log.write(`the snapshot was not written: ${messageOf(error)}`),
      );
      return new RunDirectory({ layout, lock, log, store, events, snapshot });
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Waits until everything is on disk and lets the next process in. */
  async close(): Promise<void> {
    try {
      await this.store.close();
    } finally {
      this.log.write(`process ${process.pid} closed the run`);
      this.log.close();
      this.lock.release();
    }
  }
}

/** Moves an earlier run's files to earlier/1, earlier/2, … */
function moveToEarlier({ earlier, journal, snapshot, log, trials }: RunLayout): void {
  const present = [journal, snapshot, log, trials].filter((path) => existsSync(path));
  if (!present.includes(journal)) return;
  const taken = existsSync(earlier) ? readdirSync(earlier).map(Number).filter(Number.isFinite) : [];
  const place = join(earlier, String(Math.max(0, ...taken) + 1));
  mkdirSync(place, { recursive: true });
  // The journal goes first: what a kill leaves behind then belongs to no trial of the new run, which sweeps it away.
  for (const path of present) renameSync(path, join(place, basename(path)));
}
