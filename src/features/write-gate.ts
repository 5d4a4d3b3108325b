// Whether features can be written: not for a while after that failed.
import { messageOf } from '../study/errors.js';

/** Milliseconds after which writing is tried again: what fills a disk may go. */
const TRY_AGAIN = 60_000;

export class WriteGate {
  private failedAt = -Infinity;
  private hasWarned = false;

  /** @param now in milliseconds. */
  constructor(
    private readonly warn: (message: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isOpen(): boolean {
    return this.now() - this.failedAt >= TRY_AGAIN;
  }

  /** Closes it; warns the first time. */
  failed(error: unknown): void {
    this.failedAt = this.now();
    if (!this.hasWarned) this.warn(`features cannot be kept and are computed as needed: ${messageOf(error)}`);
    this.hasWarned = true;
  }
}
