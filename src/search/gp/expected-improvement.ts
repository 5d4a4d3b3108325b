// The logarithm of the expected improvement over the best value, averaged over what the trials under way might bring.
import { must } from '../../system/must.js';
import { logExpectedPositivePart, logExpectedPositivePartSlope, normalQuantile } from '../../math/normal.js';
import type { RandomStream } from '../../math/random.js';
import { SobolSequence } from '../../math/sobol.js';
import type { Criterion } from './criterion.js';
import type { GaussianProcess } from './gaussian-process.js';

/** Imagined outcomes of the pending trials. */
const FANTASIES = 32;

/**
 * log of the mean over fantasies j of E[(b_j − f(x))⁺]. A fantasy is an outcome z_j of the pending trials (see
 * gaussian-process.ts): it moves the mean, and b_j is the best observed value or, if lower, the mean that it brings about at a
 * pending point. The variance is the same in all. Without pending trials there is one fantasy, of nothing, and this is
 * log EI. (J. Snoek et al. 2012 for fantasies, S. Ament et al. 2023 for the logarithm.)
 */
export class ExpectedImprovement implements Criterion {
  private readonly fantasies: readonly Float64Array[];
  private readonly bests: Float64Array;
  private readonly logs: Float64Array;
  private readonly scores: Float64Array;
  private readonly v: Float64Array;
  private readonly w: Float64Array;
  private readonly slopes: Float64Array;
  private readonly u: Float64Array;
  private readonly own: Float64Array;

  /**
   * `pending` are the points, placed, that `process.addPending` took, in that order; what else it took after them has no outcome and
   * only adds certainty. `best` is the lowest observed value.
   */
  constructor(
    private readonly process: GaussianProcess,
    pending: readonly Float64Array[],
    best: number,
    random: RandomStream,
  ) {
    const { count } = process;
    const outcomes = new SobolSequence(pending.length, random);
    this.fantasies = Array.from({ length: pending.length === 0 ? 1 : FANTASIES }, (_, j) =>
      outcomes.point(j).map(normalQuantile),
    );
    this.bests = new Float64Array(this.fantasies.length).fill(best);
    this.logs = new Float64Array(this.fantasies.length);
    this.scores = new Float64Array(this.fantasies.length);
    this.v = new Float64Array(count);
    this.w = new Float64Array(count);
    this.slopes = new Float64Array(count);
    this.u = new Float64Array(count);
    this.own = new Float64Array(process.distance.dimensions);
    for (const point of pending) {
      process.solve(point, this.v);
      const mean = process.meanOf(this.v, point);
      this.fantasies.forEach((z, j) => (this.bests[j] = Math.min(this.bests[j]!, mean + this.shift(this.v, z))));
    }
  }

  values(points: readonly Float64Array[]): Float64Array {
    const values = new Float64Array(points.length);
    for (let i = 0; i < points.length; i += 2) {
      const first = must(points[i], 'a point');
      const second = points[i + 1];
      if (second === undefined) {
        this.process.solve(first, this.v);
      } else {
        this.process.solvePair(first, second, this.v, this.w);
        values[i + 1] = this.valueOf(this.w, second);
      }
      values[i] = this.valueOf(this.v, first);
    }
    return values;
  }

  valueWithGradient(point: Float64Array, gradient: Float64Array): number {
    const { process, v, u } = this;
    process.solve(point, v, this.slopes);
    const value = this.valueOf(v, point);
    const deviation = Math.sqrt(process.varianceOf(v));
    // By the mean of fantasy j: −w_j·r_j/d, where w_j is its share of the sum and r_j the slope of log h at its score; by the
    // deviation d: (1 − Σ w_j·r_j·score_j)/d. The mean's gradient is that of (β, z_j)ᵀv, the deviation's −vᵀ∂v/d.
    u.fill(0);
    const sum = logSum(this.logs);
    let total = 0;
    let byDeviation = 1;
    this.fantasies.forEach((z, j) => {
      const pull = Math.exp(this.logs[j]! - sum) * logExpectedPositivePartSlope(this.scores[j]!);
      byDeviation -= pull * this.scores[j]!;
      total += pull;
      for (let p = 0; p < z.length; p++) {
        u[process.observed + p] = u[process.observed + p]! - (pull * z[p]!) / deviation;
      }
    });
    for (let i = 0; i < process.observed; i++) u[i] = (-total * process.beta[i]!) / deviation;
    const byV = -byDeviation / (deviation * deviation);
    for (let i = 0; i < u.length; i++) u[i] = u[i]! + byV * v[i]!;
    process.gradientOf(point, this.slopes, u, this.own);
    process.trend?.addGradient(point, -total / deviation, gradient);
    for (let d = 0; d < this.own.length; d++) gradient[d] = gradient[d]! + this.own[d]!;
    return value;
  }

  /** Leaves each fantasy's score and log h in `scores` and `logs`. */
  private valueOf(v: Float64Array, point: Float64Array): number {
    const mean = this.process.meanOf(v, point);
    const deviation = Math.sqrt(this.process.varianceOf(v));
    this.fantasies.forEach((z, j) => {
      const score = (this.bests[j]! - mean - this.shift(v, z)) / deviation;
      this.scores[j] = score;
      this.logs[j] = logExpectedPositivePart(score);
    });
    return Math.log(deviation) + logSum(this.logs) - Math.log(this.logs.length);
  }

  private shift(v: Float64Array, z: Float64Array): number {
    let shift = 0;
    for (let p = 0; p < z.length; p++) shift += v[this.process.observed + p]! * z[p]!;
    return shift;
  }
}

/** log Σ exp, without overflow. */
function logSum(logs: Float64Array): number {
  let top = -Infinity;
  for (const log of logs) top = Math.max(top, log);
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - top);
  return top + Math.log(sum);
}
