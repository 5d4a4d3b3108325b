// log.txt: what happened around the study that is no event of it, such as sessions, worker output and restarts.
import { closeSync, writeSync } from 'node:fs';
import { HpoError, messageOf } from '../study/errors.js';
import { appendToRegularFileSync } from '../system/regular-file.js';
import { shorten } from '../system/shorten.js';
import { visibleText } from '../system/visible-text.js';

/** Characters of a line, and bytes of a session: what a trainer prints without end must not fill the disk. */
const MAX_LINE = 10_000;
const MAX_SESSION = 50e6;

export class SessionLog {
  private written = 0;
  private fd: number | undefined;

  /** @throws HpoError ERR_STORE where something else than a file is in its place, or none can be made. */
  constructor(
    readonly path: string,
    private readonly clock: () => number = Date.now,
  ) {
    try {
      this.fd = appendToRegularFileSync(path);
    } catch (error) {
      throw new HpoError('ERR_STORE', `could not open ${path} for writing: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Adds a line, or several, each with the time. A log that cannot be written stops nothing. */
  write(text: string): void {
    if (this.fd === undefined || this.written > MAX_SESSION) return;
    const time = new Date(this.clock()).toISOString();
    const lines = text
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => visibleText(shorten(line, MAX_LINE)));
    try {
      this.written += writeSync(this.fd, lines.map((line) => `${time} ${line}\n`).join(''));
      if (this.written > MAX_SESSION)
        writeSync(this.fd, `${time} the log of this session ends here: it has ${MAX_SESSION} bytes\n`);
    } catch {
      this.close(); // a full disk: the journal's own write says so where it matters
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }
}
