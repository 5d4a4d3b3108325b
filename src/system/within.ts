// Waits for something, but not for ever.
import { setTimeout as delay } from 'node:timers/promises';

/** Whether `awaited` settles within so many milliseconds; once it has, no timer is left that could keep a process alive. */
export async function within(awaited: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(milliseconds, false, { signal: timer.signal });
  late.catch(() => {}); // called off
  try {
    return await Promise.race([
      awaited.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    timer.abort();
  }
}
