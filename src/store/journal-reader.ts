// Reads a journal as far as it is whole, and on from there as it grows. Never writes: safe beside a running study.
import type { FileHandle } from 'node:fs/promises';
import { HpoError, messageOf } from '../study/errors.js';
import type { TrialEvent } from '../study/events.js';
import { openRegularFile } from '../system/regular-file.js';
import { damaged, decodeEvent } from './journal-codec.js';

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;

export class JournalReader {
  private wholeBytes = 0;
  private linesRead = 0;
  private isSealed = false;

  constructor(readonly path: string) {}

  /** Where the last whole line that was read ends, in bytes. What follows in the file is a torn line, or not yet read. */
  get offset(): number {
    return this.wholeBytes;
  }

  /** How many lines were read. */
  get lines(): number {
    return this.linesRead;
  }

  /**
   * The events added since the last call that returned; all of them on the first, none where there is no file yet.
   * @throws HpoError ERR_JOURNAL_DAMAGED, ERR_JOURNAL_VERSION.
   */
  async read(): Promise<TrialEvent[]> {
    const file = await openIfThere(this.path);
    if (file === undefined) return [];
    try {
      const { size } = await file.stat();
      if (size < this.wholeBytes) {
        throw damaged(this.path, this.linesRead, `expected at least ${this.wholeBytes} bytes as before, got ${size}`);
      }
      return await this.readFrom(file);
    } finally {
      await file.close();
    }
  }

  private async readFrom(file: FileHandle): Promise<TrialEvent[]> {
    const events: TrialEvent[] = [];
    // Kept only when all is read: after an error the next call reads the same lines.
    let { wholeBytes, linesRead, isSealed } = this;
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let torn: Buffer[] = [];
    for (let position = wholeBytes; ;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
      if (bytesRead === 0) {
        this.wholeBytes = wholeBytes;
        this.linesRead = linesRead;
        this.isSealed = isSealed;
        return events;
      }
      position += bytesRead;
      let start = 0;
      for (let end; (end = chunk.subarray(0, bytesRead).indexOf(NEWLINE, start)) !== -1; start = end + 1) {
        const line = Buffer.concat([...torn, chunk.subarray(start, end)]);
        torn = [];
        const decoded = decodeEvent(line, linesRead + 1, this.path, isSealed);
        events.push(decoded.event);
        isSealed ||= decoded.isSealed;
        linesRead++;
        wholeBytes += line.length + 1;
      }
      if (start < bytesRead) torn.push(Buffer.from(chunk.subarray(start, bytesRead)));
    }
  }
}

/** Every whole event of a journal; a torn last line is left alone. */
export async function readJournal(path: string): Promise<TrialEvent[]> {
  return new JournalReader(path).read();
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return (await openRegularFile(path, Infinity)).handle;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new HpoError('ERR_STORE', `could not read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
