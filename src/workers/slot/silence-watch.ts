// Notices that a trial has been silent for too long. Time in which this process did not run itself, stopped or busy, does not count.

/** Looks at the clock so often within a limit, */
const LOOKS = 20;
/** but not more and not less often than this, in milliseconds. */
const BOUNDS = { least: 10, most: 5000 };

export class SilenceWatch {
  private timer: NodeJS.Timeout | undefined;
  private lastLook = 0;
  private silent = 0;

  /** @param clock milliseconds. */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Calls `onSilent` once, unless `stop` comes first or signs of life keep coming. Replaces what was watched before. */
  start(limit: number, onSilent: () => void): void {
    this.stop();
    this.silent = 0;
    if (limit === Infinity) return;
    const interval = Math.min(BOUNDS.most, Math.max(BOUNDS.least, limit / LOOKS));
    this.lastLook = this.clock();
    this.timer = setInterval(() => {
      const now = this.clock();
      this.silent += Math.min(now - this.lastLook, 2 * interval);
      this.lastLook = now;
      if (this.silent < limit) return;
      this.stop();
      onSilent();
    }, interval);
    this.timer.unref();
  }

  /** A sign of life. */
  hear(): void {
    this.silent = 0;
    this.lastLook = this.clock();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
