// Writes a file so that its name holds the old content or the new, never part of one.
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface AtomicWriteOptions {
  /** Whether the file must outlive a power failure once the promise resolves; default true. */
  readonly durable?: boolean;
  /** Called when all is written but the name: if it throws, the file is as before. */
  readonly check?: () => void;
}

/** Writes the chunks beside the file, makes them durable and renames; on failure the file is as before. */
export async function writeAtomically(
  file: string,
  chunks: Iterable<Uint8Array>,
  { durable = true, check }: AtomicWriteOptions = {},
): Promise<void> {
  const beside = nameBeside(file);
  try {
    const handle = await open(beside, 'w');
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      if (durable) await handle.sync();
    } finally {
      await handle.close();
    }
    check?.();
    await rename(beside, file);
  } catch (thrown) {
    await rm(beside, { force: true });
    throw thrown;
  }
  if (durable) await syncFolder(dirname(file));
}

let nextNumber = 0;

/** This thread: module state is each thread's own, and processes of two containers may have the same number. */
const writer = randomBytes(6).toString('hex');

/** A name beside a file that no other writer takes. */
export function nameBeside(file: string): string {
  return `${file}.${writer}-${nextNumber++}.tmp`;
}

/** Makes a rename in the folder durable. Windows cannot open folders, and need not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
