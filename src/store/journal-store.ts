// The store of a study on disk: an append-only file, one event a line, written through at once and synced soon after.
import {
  closeSync,
  existsSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { must } from '../system/must.js';
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
    this.checkPlace();
    this.lines++;
    this.unsynced = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush().catch(() => {}); // the next append or flush throws it
    }, SYNC_WITHIN_MS).unref();
  }

  flush(): Promise<void> {
    try {
      if (this.failure === undefined && this.fd !== undefined) this.checkPlace();
    } catch {
      // It is the failure now.
    }
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

  /**
   * Stops where the file that is written is no longer the one at its path: its folder was moved or deleted while the study ran. What was
   * written so far, this event included, goes with a moved folder; of a deleted one the journal is saved.
   */
  private checkPlace(): void {
    const own = fstatSync(must(this.fd, 'an open journal'));
    const found = statSync(this.path, { throwIfNoEntry: false });
    if (found !== undefined && found.ino === own.ino && found.dev === own.dev) return;
    const isDeleted = own.nlink === 0;
    const kept = isDeleted ? this.rescue(own.size) : 'Everything so far is in it, wherever it is now';
    const message = `${dirname(this.path)} was ${isDeleted ? 'deleted' : 'moved'} while the study ran, so the study stops. ${kept}.`;
    this.failure = new HpoError('ERR_STORE', message);
    throw this.failure;
  }

  /** Writes the journal of a deleted folder beside it. @returns what a person should know. */
  private rescue(size: number): string {
    const root = dirname(this.path);
    const name = root.replace(/\.run$/, '');
    let folder = `${name}.rescued.run`;
    for (let i = 2; existsSync(folder); i++) folder = `${name}.rescued-${i}.run`;
    const bytes = Buffer.alloc(size);
    try {
      readSync(must(this.fd, 'an open journal'), bytes, 0, size, 0);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, basename(this.path)), bytes);
      return `Its journal was saved in ${folder}; rename that to ${basename(root)} to continue. Checkpoints and weights are gone`;
    } catch (error) {
      return `Its journal could not be saved: ${messageOf(error)}`;
    }
  }

  /** Cuts off what follows the last whole event. */
  private cut(): void {
    this.disk.truncate(must(this.fd, 'an open journal'), this.length);
  }

  private open(): void {
    const folder = dirname(this.path);
    try {
      mkdirSync(folder, { recursive: true });
      this.fd = openSync(this.path, 'a+');
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
