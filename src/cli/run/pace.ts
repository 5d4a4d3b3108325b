// How fast a session goes and how long it will take, from the trials that it finished.

export interface Pace {
  /** Trials a minute. */
  readonly perMinute: number;
  /** Seconds left; undefined until something is known. */
  readonly secondsLeft: number | undefined;
}

/** @param finished trials that this session finished in so many seconds; @param left trials still to finish. */
export function paceOf(finished: number, seconds: number, left: number): Pace {
  if (finished === 0 || seconds <= 0) return { perMinute: 0, secondsLeft: left === 0 ? 0 : undefined };
  return { perMinute: (60 * finished) / seconds, secondsLeft: (left * seconds) / finished };
}
