// Several processes want the same download: one fetches it, the others wait for it.
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FileLock } from '../../system/file-lock.js';

/** Milliseconds between two looks at a lock that another process holds. */
const LOOK_EVERY = 300;
/** Milliseconds between two signs of life of whoever downloads. */
const PULSE = 5000;
/**
 * Milliseconds without one after which a process of another machine counts as gone: a container that was killed has a name that no other
 * has, and nobody else can tell whether its processes live.
 */
const PATIENCE = 120_000;

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once where another process is at it. */
  readonly onWait?: (() => void) | undefined;
}

/** Runs `work` while no other process does so for the same `file`, whose folder is made. */
export async function oneAtATime<T>(file: string, options: WaitOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  let lock = tryAcquire(`${file}.lock`);
  if (lock === undefined) options.onWait?.();
  while (lock === undefined) {
    await pause(LOOK_EVERY, undefined, options.signal === undefined ? {} : { signal: options.signal });
    lock = tryAcquire(`${file}.lock`);
  }
  const taken = lock;
  const pulse = setInterval(() => taken.renew(), PULSE).unref();
  try {
    return await work();
  } finally {
    clearInterval(pulse);
    taken.release();
  }
}

function tryAcquire(path: string): FileLock | undefined {
  const isElsewhere = (FileLock.holder(path)?.host ?? hostname()) !== hostname();
  return FileLock.tryAcquire(path, isElsewhere ? { patience: PATIENCE } : {});
}
