// Counts what the frozen part of a network costs, from report to report.
import { type FeatureWork, NO_WORK } from '../study/reuse.js';

export class FeatureCounter {
  /** Images whose features were read: how often the frozen part would run without reuse. */
  needed = 0;
  /** Images that went through it from their pixels. */
  computed = 0;
  /** Seconds in which features were computed, with decoding and augmentation. Seconds of several tasks at once count once. */
  seconds = 0;
  /** How many tasks compute right now. */
  private busy = 0;
  /** Milliseconds up to which time is counted. */
  private countedTo = 0;
  private reported = NO_WORK;

  /** @param now in milliseconds. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Counts the seconds that `compute` takes. */
  async timed<T>(compute: () => Promise<T>): Promise<T> {
    this.changeBusy(1);
    try {
      return await compute();
    } finally {
      this.changeBusy(-1);
    }
  }

  /** The work since the last call. Batched trials share a counter: each report tells what none told before, so their sum is right. */
  take(): FeatureWork {
    const { needed, computed, seconds, reported } = this;
    this.reported = { needed, computed, seconds };
    return {
      needed: needed - reported.needed,
      computed: computed - reported.computed,
      seconds: seconds - reported.seconds,
    };
  }

  private changeBusy(by: 1 | -1): void {
    const time = this.now();
    if (this.busy > 0) this.seconds += (time - this.countedTo) / 1000;
    this.countedTo = time;
    this.busy += by;
  }
}
