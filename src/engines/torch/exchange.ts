// The memory through which arrays of a run travel: a file that PyTorch's process maps.
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HpoError, messageOf } from '../../study/errors.js';

/** Linux's file system in memory. */
const MEMORY = '/dev/shm';
const PREFIX = 'hpo-torch-';
/** Milliseconds after which a file with a name is left over: it has one only until PyTorch has started. */
const LEFT_OVER = 3_600_000;
/** Arrays begin at its multiples. */
const ALIGNMENT = 64;
const ZEROS = new Uint8Array(2 ** 20);

/** The next offset at which an array may begin. */
export function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

/** The file as the other process is to map it. */
export interface ExchangeFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

interface OpenFile {
  /** Which of the places. */
  readonly place: number;
  readonly folder: string;
  readonly path: string;
  readonly descriptor: number;
}

export class Exchange {
  private file: OpenFile;
  private size = 0;

  /** @param places where the file may lie, the best first. The next one is taken where one has no room. */
  constructor(private readonly places: readonly string[] = existsSync(MEMORY) ? [MEMORY, tmpdir()] : [tmpdir()]) {
    for (const place of places) removeLeftOver(place);
    this.file = this.firstOf(0);
  }

  get path(): string {
    return this.file.path;
  }

  /** Takes the name away once the other process has the file: no way to end leaves anything behind. Windows forbids that while it is open. */
  unlink(): void {
    if (process.platform !== 'win32') rmSync(this.file.folder, { recursive: true, force: true });
  }

  /**
   * Makes room for so many bytes. They are written at once: a process that touches mapped memory for which there is no room is killed.
   * A container's memory file system often has 64 MB: where it is full, the file moves to a disk.
   * @returns the file where the other process is to map it anew. What was in it need not be there any more.
   * @throws HpoError ERR_ENGINE_FAILED where there is no room anywhere.
   */
  grow(bytes: number): ExchangeFile | undefined {
    if (bytes <= this.size) return undefined;
    for (;;) {
      try {
        this.fill(bytes);
        return { path: this.path, size: bytes };
      } catch (cause) {
        const before = this.file;
        ftruncateSync(before.descriptor, this.size);
        if (before.place + 1 >= this.places.length) throw noRoom(bytes, dirname(before.folder), cause);
        this.file = this.firstOf(before.place + 1);
        this.size = 0;
        closeSync(before.descriptor);
        rmSync(before.folder, { recursive: true, force: true });
      }
    }
  }

  write(array: Float32Array | Uint8Array, offset: number): void {
    writeAll(this.file.descriptor, bytesOf(array), offset);
  }

  read(into: Float32Array, offset: number): void {
    const bytes = bytesOf(into);
    for (let done = 0; done < bytes.length;) {
      const got = readSync(this.file.descriptor, bytes, done, bytes.length - done, offset + done);
      if (got === 0) throw new Error(`expected ${bytes.length} bytes at ${offset} of the exchange, got ${done}`);
      done += got;
    }
  }

  close(): void {
    closeSync(this.file.descriptor);
    rmSync(this.file.folder, { recursive: true, force: true });
  }

  /** A new file in the first of the places from this one on in which one can be made. */
  private firstOf(place: number): OpenFile {
    try {
      const folder = mkdtempSync(join(this.places[place] ?? tmpdir(), PREFIX));
      const path = join(folder, 'exchange');
      return { place, folder, path, descriptor: openSync(path, 'w+', 0o600) };
    } catch (error) {
      if (place + 1 >= this.places.length) throw error;
      return this.firstOf(place + 1);
    }
  }

  private fill(bytes: number): void {
    for (let at = this.size; at < bytes; at += ZEROS.length) {
      writeAll(this.file.descriptor, ZEROS.subarray(0, Math.min(ZEROS.length, bytes - at)), at);
    }
    this.size = bytes;
  }
}

/** What processes left that were killed while PyTorch started. Whoever else looks may have removed it. */
function removeLeftOver(place: string): void {
  try {
    for (const name of readdirSync(place)) {
      const folder = join(place, name);
      if (!name.startsWith(PREFIX) || Date.now() - statSync(folder).mtimeMs < LEFT_OVER) continue;
      rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    // Another user's, or gone.
  }
}

function noRoom(bytes: number, folder: string, cause: unknown): HpoError {
  const megabytes = Math.ceil(bytes / 1e6);
  const message = `the torch engine needs ${megabytes} MB in ${folder} for the arrays of a step: ${messageOf(cause)}`;
  return new HpoError('ERR_ENGINE_FAILED', message, { cause });
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeAll(descriptor: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
  }
}
