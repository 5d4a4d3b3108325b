// The versions of a page: who has one of the latest gets what has changed since; who has an older one gets the page anew.
import { randomBytes } from 'node:crypto';
import { difference } from './difference.js';
import type { LivePage } from './live-page.js';

/** Characters of changes that are kept. */
const MOST_KEPT = 1 << 20;
const MOST_CHANGES = 500;

export type Changes =
  /** `changes`: JSON of lists of changes, one list a version, in order. */
  | { readonly type: 'changed'; readonly version: string; readonly changes: readonly string[] }
  | { readonly type: 'unchanged' }
  /** The page is another one, or the version is too old. */
  | { readonly type: 'anew' };

export class PageVersions {
  /** Tells these versions from those of every other page, also of a server that was started again. */
  private readonly name = randomBytes(6).toString('hex');
  private number = 0;
  private kept: string[] = [];
  private keptLength = 0;
  private isOver = false;
  private readonly waiting = new Set<() => void>();

  constructor(private latest: LivePage) {}

  get page(): LivePage {
    return this.latest;
  }

  get version(): string {
    return this.versionOf(this.number);
  }

  publish(page: LivePage): void {
    const changes = difference(this.latest, page);
    this.latest = page;
    if (changes.length === 0) return;
    const text = JSON.stringify(changes);
    this.number++;
    this.kept.push(text);
    this.keptLength += text.length;
    while (this.keptLength > MOST_KEPT || this.kept.length > MOST_CHANGES) {
      this.keptLength -= this.kept.shift()?.length ?? 0;
    }
    this.wake();
  }

  /** The page gives way to another one: all who wait for changes are told so. */
  retire(): void {
    this.isOver = true;
    this.wake();
  }

  since(version: string): Changes {
    const number = this.isOver ? undefined : this.numberOf(version);
    if (number === undefined) return { type: 'anew' };
    if (number === this.number) return { type: 'unchanged' };
    const changes = this.kept.slice(this.kept.length - (this.number - number));
    return { type: 'changed', version: this.version, changes };
  }

  /** Whether somebody who has this version need not load the page anew. */
  reaches(version: string): boolean {
    return this.since(version).type !== 'anew';
  }

  /** Resolves at the next change, after so many milliseconds, or once the signal is aborted. */
  async changed(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.isOver) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal.addEventListener('abort', end);
      this.waiting.add(end);
    });
  }

  private wake(): void {
    for (const end of [...this.waiting]) end();
  }

  private versionOf(number: number): string {
    return `${this.name}.${number}`;
  }

  /** Undefined where the changes since then are not kept any more. */
  private numberOf(version: string): number | undefined {
    const number = Number(version.split('.')[1]);
    if (!Number.isInteger(number) || version !== this.versionOf(number)) return undefined;
    return number <= this.number && this.number - number <= this.kept.length ? number : undefined;
  }
}
