// Counts what the frozen part of a network costs, from report to report.
import type { FeatureWork } from '../study/reuse.js';
import type { FeatureSource } from './features.js';

/** What computing features costs. All trials of a worker share one. */
export class FeatureCounter {
  /** Images that went through it from their pixels. */
  computed = 0;
  /** Seconds in which features were computed, with decoding and augmentation. Seconds of several tasks at once count once. */
  seconds = 0;
  /** How many tasks compute right now. */
  private busy = 0;
  /** Milliseconds up to which time is counted. */
  private countedTo = 0;
  private reported = { computed: 0, seconds: 0 };

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
  take(): Omit<FeatureWork, 'needed'> {
    const { computed, seconds, reported } = this;
    this.reported = { computed, seconds };
    return { computed: computed - reported.computed, seconds: seconds - reported.seconds };
  }

  private changeBusy(by: 1 | -1): void {
    const time = this.now();
    if (this.busy > 0) this.seconds += (time - this.countedTo) / 1000;
    this.countedTo = time;
    this.busy += by;
  }
}

/** What one trial reports of its features. */
export class TrialWork {
  private needed = 0;

  constructor(private readonly counter: FeatureCounter) {}

  /** Images that the worker has computed since it began, for this trial or another. */
  get computed(): number {
    return this.counter.computed;
  }

  /**
   * The trial needs the features of so many images: without a cache, all of them would go through the network. It follows from the trial
   * alone, whatever is cached and whoever is trained with it.
   */
  need(images: number): void {
    this.needed += images;
  }

  /** The work since the last call. */
  take(): FeatureWork {
    const { needed } = this;
    this.needed = 0;
    return { needed, ...this.counter.take() };
  }
}

/** The source, as a trial reads it whose work is counted. */
export function countedSource(source: FeatureSource, work: TrialWork): FeatureSource {
  return {
    async open(cut, view) {
      const block = await source.open(cut, view);
      const gather: typeof block.gather = (positions, into) => {
        work.need(positions.length);
        return block.gather(positions, into);
      };
      const { onDevice } = block;
      if (onDevice === undefined) return { ...block, gather };
      return {
        ...block,
        gather,
        async onDevice(positions) {
          const rows = await onDevice(positions);
          if (rows !== undefined) work.need(positions.length);
          return rows;
        },
      };
    },
  };
}
