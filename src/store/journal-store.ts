// The store of a study on disk: an append-only file, one event a line, written through at once and synced soon after.
import { must } from '../system/must.js';
import { closeSync, fdatasync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { HpoError, messageOf } from '../study/errors.js';
import type { TrialEvent } from '../study/events.js';
import { encodeEvent } from './journal-codec.js';
import { JournalReader } from './journal-reader.js';
import type { StudyStore } from './study-store.js';
import { debugOf } from '../system/debug.js';

const debug = debugOf('store');

/** How far the disk may be behind the journal in a power cut, in milliseconds, where nobody calls `flush`. */
const SYNC_WITHIN_MS = 800;

/** What the store does to its file; a test's disk can be full. */
export interface JournalDisk {
  /** Writes at the end of the file; may write less than all. Returns the bytes written. */
  write(fd: number, bytes: Uint8Array): number;
  truncate(fd: number, length: number): void;
  sync(fd: number): Promise<void>;
}

const nodeDisk: JournalDisk = { write: writeSync, truncate: ftruncateSync, sync: promisify(fdatasync) };

/**
 * Each event is one write to the file itself, so a process that is killed loses none that was appended. `flush` asks the disk;
 * calls that come while it is busy share the next sync. After a failed write or sync the store takes nothing more: what it
 * holds stays loadable.
 */
export class JournalStore implements StudyStore {
  private fd: number | undefined;
  private length = 0;
  private lines = 0;
  private unsynced = false;
  private syncing: Promise<void> | undefined;
  private queued: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failure: HpoError | undefined;

  constructor(
    readonly path: string,
    private readonly disk: JournalDisk = nodeDisk,
  ) {}

  async load(): Promise<readonly TrialEvent[]> {
    const reader = new JournalReader(this.path);
    const events = await reader.read();
    if (this.fd === undefined) this.open();
    this.length = reader.offset;
    this.lines = reader.lines;
    this.cut();
    debug(() => `${this.path}: ${events.length} events read`);
    return events;
  }

  append(event: TrialEvent): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.fd === undefined) throw new Error(`expected ${this.path} to be loaded before events are appended`);
    let bytes: Buffer;
    try {
      bytes = encodeEvent(event, this.lines + 1);
      for (let written = 0; written < bytes.length;) {
        written += this.disk.write(this.fd, bytes.subarray(written));
      }
    } catch (error) {
      throw this.fail('write to', 'All earlier events are kept', error);
    }
    this.length += bytes.length;
    this.lines++;
    this.unsynced = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush().catch(() => {}); // the next append or flush throws it
    }, SYNC_WITHIN_MS).unref();
  }

  flush(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (!this.unsynced) return this.syncing ?? Promise.resolve();
    if (this.syncing === undefined) return this.sync();
    this.queued ??= this.syncing.then(() => {
      this.queued = undefined;
      return this.flush();
    });
    return this.queued;
  }

  async close(): Promise<void> {
    if (this.fd === undefined) return;
    clearTimeout(this.timer);
    try {
      await this.flush();
    } finally {
      closeSync(this.fd);
      this.fd = undefined;
    }
  }

  private async sync(): Promise<void> {
    this.unsynced = false;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.syncing = this.disk.sync(must(this.fd, 'an open journal')).catch((error: unknown) => {
      throw this.fail('sync', 'What was written in the last second may not survive a power cut', error);
    });
    const began = performance.now();
    try {
      await this.syncing;
    } finally {
      debug(() => `${this.path} synced in ${(performance.now() - began).toFixed(1)} ms`);
      this.syncing = undefined;
    }
  }

  private fail(doing: string, consequence: string, cause: unknown): HpoError {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOSPC' ? 'the disk is full' : messageOf(cause);
    const message = `could not ${doing} ${this.path}: ${why}. ${consequence}; run the study again to continue.`;
    this.failure = new HpoError('ERR_STORE', message, { cause });
    try {
      this.cut();
    } catch {
      // A torn last line remains, which the next load cuts off.
    }
    return this.failure;
  }

  /** Cuts off what follows the last whole event. */
  private cut(): void {
    this.disk.truncate(must(this.fd, 'an open journal'), this.length);
  }

  private open(): void {
    const folder = dirname(this.path);
    try {
      mkdirSync(folder, { recursive: true });
      this.fd = openSync(this.path, 'a');
      syncFolder(folder);
    } catch (error) {
      throw new HpoError('ERR_STORE', `could not open ${this.path} for writing: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Makes a new file's name as durable as its contents, where the system can. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
