// The memory through which arrays of a run travel: a file that PyTorch's process maps.
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux's file system in memory. */
const MEMORY = '/dev/shm';
const PREFIX = 'hpo-torch-';
/** Arrays begin at its multiples. */
const ALIGNMENT = 64;
const ZEROS = new Uint8Array(2 ** 20);

/** The next offset at which an array may begin. */
export function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

export class Exchange {
  readonly path: string;
  private readonly descriptor: number;
  private size = 0;

  private constructor(private readonly folder: string) {
    this.path = join(folder, 'exchange');
    this.descriptor = openSync(this.path, 'w+', 0o600);
  }

  static create(): Exchange {
    try {
      return new Exchange(mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), PREFIX)));
    } catch {
      return new Exchange(mkdtempSync(join(tmpdir(), PREFIX)));
    }
  }

  /** Takes the name away once the other process has the file: no way to end leaves anything behind. Windows forbids that while it is open. */
  unlink(): void {
    if (process.platform !== 'win32') rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Makes room for so many bytes. They are written at once: a process that touches mapped memory for which there is no room is killed.
   * @returns whether it has grown, so that the other process is to map it anew. @throws where there is no room.
   */
  grow(bytes: number): boolean {
    if (bytes <= this.size) return false;
    for (let at = this.size; at < bytes; at += ZEROS.length) {
      writeAll(this.descriptor, ZEROS.subarray(0, Math.min(ZEROS.length, bytes - at)), at);
    }
    this.size = bytes;
    return true;
  }

  get bytes(): number {
    return this.size;
  }

  write(array: Float32Array | Uint8Array, offset: number): void {
    writeAll(this.descriptor, bytesOf(array), offset);
  }

  read(into: Float32Array, offset: number): void {
    const bytes = bytesOf(into);
    for (let done = 0; done < bytes.length;) {
      const got = readSync(this.descriptor, bytes, done, bytes.length - done, offset + done);
      if (got === 0) throw new Error(`expected ${bytes.length} bytes at ${offset} of the exchange, got ${done}`);
      done += got;
    }
  }

  close(): void {
    closeSync(this.descriptor);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeAll(descriptor: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
  }
}
