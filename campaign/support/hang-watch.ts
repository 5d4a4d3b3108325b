// Tells a command that hangs from one that waits for a core of a busy machine.
import { readFileSync, readdirSync } from 'node:fs';

/** Seconds that a command may take, besides those in which it was ready to run and had no core. */
const LIMIT = 300;

export class HangWatch {
  private readonly began = performance.now();
  /** Seconds that threads of the process and of its children waited for a core, by thread: those that are gone count as well. */
  private readonly waits = new Map<number, number>();

  /** @param limit seconds. */
  constructor(
    private readonly pid: number | undefined,
    private readonly limit = LIMIT,
  ) {}

  /** What is wrong, if it hangs. To be called once a second or so. */
  look(): string | undefined {
    const seconds = (performance.now() - this.began) / 1000;
    for (const pid of this.pid === undefined ? [] : familyOf(this.pid)) {
      for (const [thread, wait] of waitsOf(pid)) this.waits.set(thread, wait);
    }
    const waited = [...this.waits.values()].reduce((sum, wait) => sum + wait, 0);
    if (seconds - waited <= this.limit) return undefined;
    return `did not end within ${this.limit} s, waits for a core (${waited.toFixed(0)} s) aside`;
  }
}

/** Seconds on a queue for a core, by thread. Empty where the system does not tell. */
function waitsOf(pid: number): [number, number][] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => {
      const [, wait] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
      return [Number(thread), Number(wait) / 1e9];
    });
  } catch {
    return []; // not Linux, or it ended just now
  }
}

/** The process and all that it started. */
function familyOf(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(familyOf)];
  } catch {
    return [pid];
  }
}
