// A journal as it grows, and as it is taken away, replaced or damaged meanwhile.
import type { FileHandle } from 'node:fs/promises';
import { JournalReader } from '../store/journal-reader.js';
import type { TrialEvent } from '../study/events.js';
import { HpoError, messageOf } from '../study/errors.js';
import { openRegularFile } from '../system/regular-file.js';

export type Look =
  /** There is no journal, or nothing whole in it yet. */
  | { readonly type: 'missing' }
  | { readonly type: 'unchanged' }
  /** `isAnew`: it is another journal than before, or the first one, and these are all its events. */
  | { readonly type: 'read'; readonly events: readonly TrialEvent[]; readonly isAnew: boolean };

/** Bytes before the place that was read to: with the line's checksum they tell one journal from another. */
const MARK = 64;

export class FollowedJournal {
  private reader: JournalReader | undefined;
  private mark: Buffer = Buffer.alloc(0);
  /** Size and time of the last change, as it was looked at last. */
  private seen = '';

  constructor(readonly path: string) {}

  /** Where the reading stands, for messages. */
  get lines(): number {
    return this.reader?.lines ?? 0;
  }

  /**
   * What is new. After an error nothing is, until the file changes.
   * @throws HpoError ERR_JOURNAL_DAMAGED, ERR_JOURNAL_VERSION, ERR_STORE.
   */
  async look(): Promise<Look> {
    const file = await openToRead(this.path);
    if (file === undefined) {
      this.forget();
      this.seen = '';
      return { type: 'missing' };
    }
    try {
      const { size, mtimeMs } = await file.stat();
      const seen = `${size} ${mtimeMs}`;
      if (seen === this.seen) return { type: this.lines === 0 && size === 0 ? 'missing' : 'unchanged' };
      this.seen = seen;
      if (this.reader !== undefined && !(await this.isSame(file, size))) this.forget();
      return await this.read(file);
    } finally {
      await file.close();
    }
  }

  /** The next look reads everything again, if the file has changed by then. */
  forget(): void {
    this.reader = undefined;
  }

  /** The next look reads everything again. */
  startOver(): void {
    this.forget();
    this.seen = '';
  }

  private async read(file: FileHandle): Promise<Look> {
    const isAnew = this.reader === undefined;
    this.reader ??= new JournalReader(this.path);
    try {
      const events = await this.reader.read();
      this.mark = await this.markOf(file);
      if (events.length > 0) return { type: 'read', events, isAnew };
      if (isAnew) this.forget();
      return { type: isAnew ? 'missing' : 'unchanged' };
    } catch (error) {
      this.forget();
      throw error instanceof HpoError ? error : unread(this.path, error);
    }
  }

  private async isSame(file: FileHandle, size: number): Promise<boolean> {
    return size >= (this.reader?.offset ?? 0) && this.mark.equals(await this.markOf(file));
  }

  private async markOf(file: FileHandle): Promise<Buffer> {
    const end = this.reader?.offset ?? 0;
    const length = Math.min(MARK, end);
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, end - length);
    return bytes.subarray(0, bytesRead);
  }
}

async function openToRead(path: string): Promise<FileHandle | undefined> {
  try {
    return (await openRegularFile(path, Infinity)).handle;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unread(path, error);
  }
}

function unread(path: string, error: unknown): HpoError {
  return new HpoError('ERR_STORE', `could not read ${path}: ${messageOf(error)}`, { cause: error });
}
