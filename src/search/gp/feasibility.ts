// The probability that a trial does not fail, learned from those that did.
import { must } from '../../system/must.js';
import { logNormalCdf, logNormalCdfSlope } from '../../math/normal.js';
import type { SearchSpace } from '../../study/space.js';
import type { ModelData } from '../model-data.js';
import type { Criterion } from './criterion.js';
import type { GaussianProcess } from './gaussian-process.js';
import { Distance } from './kernel.js';
import { fitProcess } from './surrogate.js';

/** Of more trials as many as this are looked at, half of them failed ones: an edge needs fewer than a function. */
const MOST_HELD = 128;

/**
 * log Φ(g(x)/√(var g(x) + σ²)), where the Gaussian process g was fitted to +1 for trials that gave values and −1 for failed ones:
 * least-squares classification (Rasmussen and Williams 2006, 6.5). Out-of-memory has an edge in the space, which this
 * finds; a machine that fails at random only adds to σ².
 */
export class Feasibility implements Criterion {
  private readonly v: Float64Array;
  private readonly u: Float64Array;
  private readonly slopes: Float64Array;
  private readonly own: Float64Array;

  private constructor(private readonly process: GaussianProcess) {
    this.v = new Float64Array(process.count);
    this.u = new Float64Array(process.count);
    this.slopes = new Float64Array(process.count);
    this.own = new Float64Array(process.distance.dimensions);
  }

  /** Undefined where no trial failed, or the fit does. */
  static of(space: SearchSpace, { observations, failed }: ModelData): Feasibility | undefined {
    if (failed.length === 0) return undefined;
    const { units, labels } = mixed(
      observations.map(({ unit }) => unit),
      failed,
    );
    const certain = labels.map(() => 0);
    const process = fitProcess(new Distance(space), units, labels, certain, 0, MOST_HELD);
    return process && new Feasibility(process);
  }

  values(points: readonly Float64Array[]): Float64Array {
    return Float64Array.from(points, (point) => {
      this.process.solve(point, this.v);
      return logNormalCdf(this.process.meanOf(this.v, point) / this.deviation());
    });
  }

  valueWithGradient(point: Float64Array, gradient: Float64Array): number {
    const { process, v, u } = this;
    process.solve(point, v, this.slopes);
    const mean = process.meanOf(v, point);
    const deviation = this.deviation();
    const slope = logNormalCdfSlope(mean / deviation);
    // ∂ mean = βᵀ∂v and ∂ deviation = −vᵀ∂v/deviation.
    const byDeviation = (-slope * mean) / deviation ** 2;
    for (let i = 0; i < u.length; i++) {
      u[i] = (slope * process.beta[i]!) / deviation - (byDeviation * v[i]!) / deviation;
    }
    process.gradientOf(point, this.slopes, u, this.own);
    for (let d = 0; d < this.own.length; d++) gradient[d] = gradient[d]! + this.own[d]!;
    return logNormalCdf(mean / deviation);
  }

  private deviation(): number {
    return Math.sqrt(this.process.varianceOf(this.v) + this.process.hyperparameters.noise);
  }
}

/** The points with their labels, mixed evenly: a fit begins with the first few and learns nothing from one label alone. */
function mixed(
  good: readonly Float64Array[],
  failed: readonly Float64Array[],
): { readonly units: Float64Array[]; readonly labels: number[] } {
  const units: Float64Array[] = [];
  const labels: number[] = [];
  for (let [i, j] = [0, 0]; i + j < good.length + failed.length;) {
    const isGood = j === failed.length || (i < good.length && (i + 0.5) / good.length <= (j + 0.5) / failed.length);
    units.push(must(isGood ? good[i++] : failed[j++], 'a point'));
    labels.push(isGood ? 1 : -1);
  }
  return { units, labels };
}
