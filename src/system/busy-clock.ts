// Counts the time in which something runs. Seconds of several tasks at once count once.

export class BusyClock {
  /** In which at least one task ran. */
  seconds = 0;
  /** How many tasks run right now. */
  private busy = 0;
  /** Milliseconds up to which time is counted. */
  private countedTo = 0;

  /** @param now in milliseconds. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Counts the seconds that the task takes. */
  async timed<T>(task: () => Promise<T>): Promise<T> {
    this.change(1);
    try {
      return await task();
    } finally {
      this.change(-1);
    }
  }

  private change(by: 1 | -1): void {
    const time = this.now();
    if (this.busy > 0) this.seconds += (time - this.countedTo) / 1000;
    this.countedTo = time;
    this.busy += by;
  }
}
