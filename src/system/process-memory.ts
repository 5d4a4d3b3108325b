// How much memory another process holds, where the system tells.
import { readFileSync } from 'node:fs';

/** Bytes of resident memory (proc(5), VmRSS); undefined where there is no /proc, or no such process any more. */
export function residentMemory(pid: number): number | undefined {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
