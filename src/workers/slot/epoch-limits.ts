// For how long a trial may be silent before it counts as hanging: as the study says, or learned from the epochs so far.

/** Seconds, or how to find them. */
export type EpochTimeout = 'auto' | 'none' | number;

/** Where an epoch stands: the first that a worker trains of a trial also loads, decodes and caches. */
export type EpochPlace = 'first' | 'later';

const MINUTE = 60_000;
/** Before anything is known. */
const UNKNOWN: Readonly<Record<EpochPlace, number>> = { first: 120 * MINUTE, later: 120 * MINUTE };
/** However short the epochs were: a deeper or larger trial, or a machine with other work, takes many times longer. */
const FLOOR: Readonly<Record<EpochPlace, number>> = { first: 30 * MINUTE, later: 10 * MINUTE };
/** Times the longest silence that came to a good end. */
const FACTOR = 20;

/** What all slots of a study learn together. */
export class EpochLimits {
  /** Milliseconds. */
  private readonly longest: Record<EpochPlace, number> = { first: 0, later: 0 };

  constructor(private readonly timeout: EpochTimeout) {}

  /** A silence that ended with a report. */
  learn(place: EpochPlace, milliseconds: number): void {
    this.longest[place] = Math.max(this.longest[place], milliseconds);
  }

  /** For loading the trainer once more, in milliseconds. */
  get loading(): number {
    return this.timeout === 'none' ? Infinity : UNKNOWN.first;
  }

  /** Milliseconds; Infinity for no limit. */
  of(place: EpochPlace): number {
    if (this.timeout === 'none') return Infinity;
    if (this.timeout !== 'auto') return this.timeout * 1000;
    // A later epoch is a first one without the loading, until one was seen.
    const longest = this.longest[place] || this.longest.first;
    return longest === 0 ? UNKNOWN[place] : Math.max(FLOOR[place], FACTOR * longest);
  }
}
