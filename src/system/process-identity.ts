// Which process is meant: a pid alone is reused, so its start time and the machine's boot belong to it.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Boot of the machine and start of the process within it, where the system tells (Linux). */
  readonly started?: string;
}

/** The identity of a process of this machine, by default this one. */
export function identityOf(pid: number = process.pid): ProcessIdentity {
  const started = startOf(pid);
  return { pid, host: hostname(), ...(started === undefined ? {} : { started }) };
}

/** Whether the process may still live. Of another machine's processes nothing is known, so they count as alive. */
export function mayBeAlive(identity: ProcessIdentity): boolean {
  if (identity.host !== hostname()) return true;
  if (!exists(identity.pid)) return false;
  const started = startOf(identity.pid);
  return identity.started === undefined || started === undefined || started === identity.started;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot; the name in field 2 may hold spaces and brackets (proc(5)). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return 'ended'; // a zombie: it only waits to be collected by its parent
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${fields[19]}`;
  } catch {
    return undefined;
  }
}
