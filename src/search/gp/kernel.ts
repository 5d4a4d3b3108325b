// The covariance of two parameter sets: Matérn-5/2 over a distance that mixes numbers and names.
import type { SearchSpace } from '../../study/space.js';

/**
 * How coordinates are compared. Numbers (floats, ints and ordinal choices) by their difference on the parameter's own scale, names
 * by whether they differ at all (Hamming distance), each parameter with its own lengthscale. An inactive number stands at the
 * middle of its range and an inactive name is a name of its own: a fixed place, so the covariance stays positive definite, and
 * nothing hangs on it because its parent differs too.
 */
export class Distance {
  /** 1 where the coordinate is a name. */
  readonly nominal: Uint8Array;

  constructor(space: SearchSpace) {
    this.nominal = Uint8Array.from(space.names, (_, d) => {
      const domain = space.domainAt(d);
      return domain.type === 'choice' && !domain.ordinal ? 1 : 0;
    });
  }

  get dimensions(): number {
    return this.nominal.length;
  }

  /** A point of the unit cube with a place for what is inactive (NaN). */
  place(unit: Float64Array): Float64Array {
    return unit.map((u, d) => (Number.isNaN(u) ? (this.nominal[d] ? -1 : 0.5) : u));
  }

  /** One coordinate's part in the squared distance, before its lengthscale. */
  part(dimension: number, a: number, b: number): number {
    return this.nominal[dimension] ? (a === b ? 0 : 1) : (a - b) * (a - b);
  }
}

/**
 * From the squared distance q: s = √5·√q, exp(−s), then Matérn-5/2 = (1 + s + s²/3)·exp(−s) (Rasmussen and Williams 2006, 4.17) and
 * its derivative by q = −5/6·(1 + s)·exp(−s), finite also at q = 0. In parts, as the exponential is what costs time.
 */
export const scaledRoot = (q: number): number => Math.sqrt(5 * q);
export const maternFrom = (s: number, exp: number): number => (1 + s + (s * s) / 3) * exp;
export const maternSlopeFrom = (s: number, exp: number): number => (-5 / 6) * (1 + s) * exp;
