// log.txt: what happened around the study that is no event of it, such as sessions, worker output and restarts.
import { closeSync, openSync, writeSync } from 'node:fs';

export class SessionLog {
  private fd: number | undefined;

  constructor(
    readonly path: string,
    private readonly clock: () => number = Date.now,
  ) {
    this.fd = openSync(path, 'a');
  }

  /** Adds a line, or several, each with the time. A log that cannot be written stops nothing. */
  write(text: string): void {
    if (this.fd === undefined) return;
    const time = new Date(this.clock()).toISOString();
    const lines = text.replace(/\n$/, '').split('\n');
    try {
      writeSync(this.fd, lines.map((line) => `${time} ${line}\n`).join(''));
    } catch {
      this.close(); // a full disk: the journal's own write says so where it matters
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }
}
