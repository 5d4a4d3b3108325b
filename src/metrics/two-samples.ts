// Compares a metric on two samples of images: is the difference more than chance?

/** A metric on one sample, with its interval. */
export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The difference second − first, with the interval in which it lies. */
export interface Difference extends Measured {
  /** `chance`: the interval of the difference contains 0. */
  readonly sign: 'lower' | 'higher' | 'chance';
}

/**
 * The interval of a difference from the intervals of both values: R. G. Newcombe, 'Interval estimation for the difference between independent
 * proportions', Statistics in Medicine 1998, method 10 (Zou & Donner 2008 for other figures than proportions). Both must be of one level.
 */
export function differenceOf(first: Measured, second: Measured): Difference {
  const value = second.value - first.value;
  const low = value - Math.hypot(second.value - second.low, first.high - first.value);
  const high = value + Math.hypot(second.high - second.value, first.value - first.low);
  return { value, low, high, sign: high < 0 ? 'lower' : low > 0 ? 'higher' : 'chance' };
}
