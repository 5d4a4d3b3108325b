// Several processes want the same download: one fetches it, the others wait for it.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FileLock } from '../../system/file-lock.js';

/** Milliseconds between two looks at a lock that another process holds. */
const LOOK_EVERY = 300;

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once where another process is at it. */
  readonly onWait?: (() => void) | undefined;
}

/** Runs `work` while no other process does so for the same `file`, whose folder is made. */
export async function oneAtATime<T>(file: string, options: WaitOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  let lock = FileLock.tryAcquire(`${file}.lock`);
  if (lock === undefined) options.onWait?.();
  while (lock === undefined) {
    await pause(LOOK_EVERY, undefined, options.signal === undefined ? {} : { signal: options.signal });
    lock = FileLock.tryAcquire(`${file}.lock`);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}
