// Keeps a log readable: so many lines at once, so many a second after that.

export interface LineRate {
  /** Lines that may come at once. */
  readonly burst: number;
  /** Lines a second in the long run. */
  readonly perSecond: number;
}

export class LineBudget {
  private tokens: number;
  private filledAt: number;
  private linesLeftOut = 0;

  /** @param clock milliseconds. */
  constructor(
    private readonly rate: LineRate,
    private readonly clock: () => number,
  ) {
    this.tokens = rate.burst;
    this.filledAt = clock();
  }

  /** Whether a line may be written now. One that may not is counted. */
  take(): boolean {
    const now = this.clock();
    this.tokens = Math.min(this.rate.burst, this.tokens + ((now - this.filledAt) / 1000) * this.rate.perSecond);
    this.filledAt = now;
    if (this.tokens < 1) {
      this.linesLeftOut++;
      return false;
    }
    this.tokens--;
    return true;
  }

  /** How many lines were left out since this was last asked. */
  leftOut(): number {
    const lines = this.linesLeftOut;
    this.linesLeftOut = 0;
    return lines;
  }
}
