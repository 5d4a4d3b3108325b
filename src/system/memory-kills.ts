// Which processes the kernel ends for lack of memory.
import { readFileSync } from 'node:fs';

/** How many processes the kernel has ended for lack of memory since it started (/proc/vmstat, Linux 4.13 and later). */
export function outOfMemoryKillCount(): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}
