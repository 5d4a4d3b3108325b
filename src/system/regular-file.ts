// Reads a file that somebody else may have made: only a regular one, never a pipe or a device, and no more than expected.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A named pipe is not waited for; what Windows has of them lies in no folder. */
const FLAGS = process.platform === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK;

/** A file that is no regular one, or larger than its reader takes. */
export class UnfitFileError extends Error {
  override readonly name = 'UnfitFileError';
}

/**
 * Opens a file for reading. A named pipe is not waited for.
 * @throws UnfitFileError where it is no regular file or has more than `maxBytes`; what `open` throws where there is none.
 */
export async function openRegularFile(path: string, maxBytes: number): Promise<{ handle: FileHandle; size: number }> {
  const handle = await open(path, FLAGS);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new UnfitFileError(`expected a file, got ${kindOf(found)}`);
    if (found.size > maxBytes) {
      throw new UnfitFileError(`expected at most ${maxBytes} bytes, got ${found.size}`);
    }
    return { handle, size: found.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** All bytes of a file. Throws as `openRegularFile` does. */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer> {
  const { handle, size } = await openRegularFile(path, maxBytes);
  try {
    return await readRange(handle, 0, size);
  } finally {
    await handle.close();
  }
}

/** So many bytes from a place in a file; fewer where it has become shorter. */
export async function readRange(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** The same for who cannot wait: so many bytes from a place in a file, by default all. */
export function readRegularFileSync(
  path: string,
  maxBytes: number,
  range?: { readonly position: number; readonly length: number },
): Buffer {
  const handle = openSync(path, FLAGS);
  try {
    const found = fstatSync(handle);
    if (!found.isFile()) throw new UnfitFileError(`expected a file, got ${kindOf(found)}`);
    const { position = 0, length = found.size } = range ?? {};
    if (length > maxBytes) throw new UnfitFileError(`expected at most ${maxBytes} bytes, got ${length}`);
    if (position + length > found.size) {
      throw new UnfitFileError(`expected ${position + length} bytes, got a file of ${found.size}`);
    }
    const bytes = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const read = readSync(handle, bytes, filled, length - filled, position + filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(handle);
  }
}

/** Opens a file for writing at its end, and makes it where there is none. Throws as `openRegularFile` does. */
export function appendToRegularFileSync(path: string): number {
  // A pipe is refused before it is opened: to open one for writing waits for a reader.
  const before = statSync(path, { throwIfNoEntry: false });
  if (before?.isFile() === false) throw new UnfitFileError(`expected a file, got ${kindOf(before)}`);
  return openSync(path, 'a');
}

function kindOf(found: {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe';
  if (found.isSocket()) return 'a socket';
  return found.isCharacterDevice() || found.isBlockDevice() ? 'a device' : 'something else';
}
