// How much longer a study will take, and how sure that is.

/**
 * The durations of the latest trials, in seconds of a slot: of trials side by side each has its share. A trial is unlike early ones
 * once features are stored and pruning has begun.
 */
export class DurationWindow {
  private readonly seconds: number[] = [];
  private next = 0;

  constructor(private readonly capacity = 64) {}

  add(seconds: number): void {
    if (!Number.isFinite(seconds) || seconds < 0) return;
    this.seconds[this.next] = seconds;
    this.next = (this.next + 1) % this.capacity;
  }

  get count(): number {
    return this.seconds.length;
  }

  get mean(): number {
    return this.seconds.reduce((sum, value) => sum + value, 0) / this.seconds.length;
  }

  /** Of the sample, n − 1 in the denominator; with one trial as large as its mean. */
  get deviation(): number {
    if (this.count < 2) return this.mean;
    const { mean } = this;
    return Math.sqrt(this.seconds.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (this.count - 1));
  }
}

export interface TimeLeft {
  readonly seconds: number;
  /** The truth lies within ± this much about 8 times in 10. */
  readonly uncertainty: number;
}

/** The normal distribution's 90 % point: 80 % lie within it on both sides. */
const EIGHTY_PERCENT = 1.2816;

/**
 * Trials are taken as independent draws of the latest durations, spread evenly over the slots. The variance has two parts:
 * what trials differ by, and what the mean of so few is off by, which all of them share.
 * @param unstarted trials that are not running yet.
 * @param running seconds of a slot that each running trial has had so far.
 */
export function timeLeft(
  durations: DurationWindow,
  unstarted: number,
  running: readonly number[],
  slots: number,
): TimeLeft | undefined {
  if (durations.count === 0) return undefined;
  const { mean, deviation, count } = durations;
  const inFlight = running.map((elapsed) => Math.max(mean - elapsed, mean * 0.1));
  const lanes = Math.max(1, Math.min(slots, unstarted + running.length));
  const total = unstarted * mean + inFlight.reduce((sum, value) => sum + value, 0);
  const draws = unstarted + running.length;
  const own = draws * deviation ** 2;
  const shared = (draws * deviation) ** 2 / count;
  return {
    seconds: Math.max(total / lanes, ...inFlight),
    uncertainty: (EIGHTY_PERCENT * Math.sqrt(own + shared)) / lanes,
  };
}
