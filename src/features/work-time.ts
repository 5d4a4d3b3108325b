// The time that computing features takes. Where several compute at once, as trials side by side do, it passes for all of them together.
import type { WorkCounter } from './feature-block.js';

interface Clock {
  /** How many compute right now. */
  busy: number;
  /** Milliseconds up to which time is counted. */
  counted: number;
}

const clocks = new WeakMap<WorkCounter, Clock>();

/** Counts the seconds that `compute` takes, but those for which others compute for the same counter only once. */
export async function timed<T>(
  counter: WorkCounter,
  compute: () => Promise<T>,
  now: () => number = () => performance.now(),
): Promise<T> {
  const clock = clocks.get(counter) ?? { busy: 0, counted: 0 };
  clocks.set(counter, clock);
  const change = (by: 1 | -1): void => {
    const time = now();
    if (clock.busy > 0) counter.seconds += (time - clock.counted) / 1000;
    clock.counted = time;
    clock.busy += by;
  };
  change(1);
  try {
    return await compute();
  } finally {
    change(-1);
  }
}
