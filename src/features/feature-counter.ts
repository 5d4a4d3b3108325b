// Counts what the frozen part of a network costs, from report to report.
import type { FeatureWork } from '../study/reuse.js';
import { BusyClock } from '../system/busy-clock.js';
import type { FeatureSource } from './features.js';

/** What computing features costs. All trials of a worker share one. */
export class FeatureCounter {
  /** Images that went through it from their pixels. */
  computed = 0;
  /** When features are computed, with decoding and augmentation. */
  readonly computing: BusyClock;
  /** When the engine that trains runs a program: a step, a prediction, or the frozen part where that is its own. */
  readonly running: BusyClock;
  private reported = { computed: 0, seconds: 0, running: 0 };

  /** @param now in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.computing = new BusyClock(now);
    this.running = new BusyClock(now);
  }

  get seconds(): number {
    return this.computing.seconds;
  }

  /** Counts the seconds that `compute` takes. */
  timed<T>(compute: () => Promise<T>): Promise<T> {
    return this.computing.timed(compute);
  }

  /** The work since the last call. Batched trials share a counter: each report tells what none told before, so their sum is right. */
  take(): Required<Omit<FeatureWork, 'needed'>> {
    const { computed, seconds, reported } = this;
    const running = this.running.seconds;
    this.reported = { computed, seconds, running };
    return {
      computed: computed - reported.computed,
      seconds: seconds - reported.seconds,
      running: running - reported.running,
    };
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
