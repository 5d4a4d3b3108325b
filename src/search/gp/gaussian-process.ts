// A Gaussian process conditioned on observations, and on trials under way whose values are not known yet.
//
// | symbol | code            | meaning                                                                     |
// |--------|-----------------|-----------------------------------------------------------------------------|
// | X, y   | points, values  | n observed points and their warped losses, mean 0 and variance 1           |
// | X⁺     | pending         | p points under way                                                          |
// | ℓ, s²  | weights, signal | lengthscales (weights = 1/ℓ²) and variance of the function                  |
// | c²     | MEAN_VARIANCE   | variance of its constant mean                                               |
// | σ², e  | noise, extra…   | variance of the noise, and of a single value beyond it                      |
// | q      | q               | squared distance Σ_d weights_d · part_d(x, x')                              |
// | k      | cross           | k(x, x') = s²·Matérn(q) + c²                                                |
// | K      | —               | k(X, X) + diag(σ² + e), then rows for X⁺                                     |
// | L      | factor          | K = L·Lᵀ                                                                    |
// | β      | beta            | L⁻¹·y, shape [n]                                                             |
// | v      | v               | L⁻¹·k(X ∪ X⁺, x), shape [n + p]                                              |
//
// mean = trend(x) + vᵀβ over the observed part, where β has the trend at X taken from y; variance = k(x, x) − vᵀv over all. An outcome of the pending trials is a vector z of p standard
// normal numbers: L⁻¹·(y, y⁺) = (β, z), so it moves the mean by the pending part of v times z and changes nothing else.
import { must } from '../../system/must.js';
import { CholeskyFactor } from '../../math/cholesky.js';
import type { TrainingSet } from './evidence.js';
import { type Hyperparameters, MEAN_VARIANCE } from './hyperparameters.js';
import { type Distance, maternFrom, maternSlopeFrom, scaledRoot } from './kernel.js';

/** A known part of the mean, of placed points. */
export interface Trend {
  at(point: Float64Array): number;
  /** Adds `factor` times its gradient. */
  addGradient(point: Float64Array, factor: number, gradient: Float64Array): void;
}

export class GaussianProcess {
  readonly beta: Float64Array;
  private readonly points: Float64Array;
  private size: number;

  private constructor(
    readonly distance: Distance,
    readonly hyperparameters: Hyperparameters,
    training: TrainingSet,
    private readonly factor: CholeskyFactor,
    room: number,
    readonly trend: Trend | undefined,
  ) {
    this.size = training.points.length;
    this.points = new Float64Array((this.size + room) * distance.dimensions);
    training.points.forEach((point, i) => this.points.set(point, i * distance.dimensions));
    this.beta = training.values.map((value, i) => value - this.trendAt(must(training.points[i], 'a point')));
    factor.solveLower(this.beta);
  }

  /** Undefined where the covariance is not positive definite. There is memory for `room` pending points. */
  static of(
    distance: Distance,
    hyperparameters: Hyperparameters,
    training: TrainingSet,
    room = 0,
    trend?: Trend,
  ): GaussianProcess | undefined {
    const { points, extraNoise } = training;
    const n = points.length;
    const lower = new Float64Array((n * (n + 1)) / 2);
    let at = 0;
    for (const [i, point] of points.entries()) {
      for (let j = 0; j < i; j++, at++) {
        lower[at] = covariance(distance, hyperparameters, point, must(points[j], 'a point'));
      }
      lower[at++] = hyperparameters.signal + MEAN_VARIANCE + hyperparameters.noise + extraNoise[i]!;
    }
    const factor = CholeskyFactor.of(lower, n, n + room);
    return factor && new GaussianProcess(distance, hyperparameters, training, factor, room, trend);
  }

  /** n. */
  get observed(): number {
    return this.beta.length;
  }

  /** n + p. */
  get count(): number {
    return this.size;
  }

  /** k(x, x). */
  get priorVariance(): number {
    return this.hyperparameters.signal + MEAN_VARIANCE;
  }

  /** Conditions on a trial under way. False, and nothing changed, where it adds nothing but rounding. */
  addPending(point: Float64Array): boolean {
    const row = new Float64Array(this.size + 1);
    this.cross(point, row);
    row[this.size] = this.priorVariance + this.hyperparameters.noise;
    if (!this.factor.append(row)) return false;
    this.points.set(point, this.size * this.distance.dimensions);
    this.size++;
    return true;
  }

  /** k(X ∪ X⁺, x) into k, shape [count]; and its derivatives by q into `slopes`, where given. */
  cross(x: Float64Array, k: Float64Array, slopes?: Float64Array): void {
    const { points, size } = this;
    const { nominal, dimensions } = this.distance;
    const { weights, signal } = this.hyperparameters;
    for (let i = 0, at = 0; i < size; i++) {
      let q = 0;
      for (let d = 0; d < dimensions; d++, at++) {
        const apart = x[d]! - points[at]!;
        q += weights[d]! * (nominal[d] ? (apart === 0 ? 0 : 1) : apart * apart);
      }
      const s = scaledRoot(q);
      const exp = signal * Math.exp(-s);
      k[i] = maternFrom(s, exp) + MEAN_VARIANCE;
      if (slopes !== undefined) slopes[i] = maternSlopeFrom(s, exp);
    }
  }

  /** Fills v of a point; with `slopes`, also those of `cross`. */
  solve(x: Float64Array, v: Float64Array, slopes?: Float64Array): void {
    this.cross(x, v, slopes);
    this.factor.solveLower(v);
  }

  /** Fills v of two points, in less than twice the time of one. */
  solvePair(x: Float64Array, other: Float64Array, v: Float64Array, w: Float64Array): void {
    this.cross(x, v);
    this.cross(other, w);
    this.factor.solveLowerPair(v, w);
  }

  /** The trend at a placed point; 0 without one. */
  trendAt(x: Float64Array): number {
    return this.trend?.at(x) ?? 0;
  }

  /** The mean at a placed point whose v is known. */
  meanOf(v: Float64Array, x: Float64Array): number {
    let mean = this.trendAt(x);
    for (let i = 0; i < this.beta.length; i++) mean += v[i]! * this.beta[i]!;
    return mean;
  }

  /** Never below the rounding of the prior variance. */
  varianceOf(v: Float64Array): number {
    let variance = this.priorVariance;
    for (let i = 0; i < this.size; i++) variance -= v[i]! * v[i]!;
    return Math.max(variance, this.priorVariance * 1e-14);
  }

  /** Mean and variance of the function, noise left out, at a placed point. */
  predict(x: Float64Array): { readonly mean: number; readonly variance: number } {
    const v = new Float64Array(this.size);
    this.solve(x, v);
    return { mean: this.meanOf(v, x), variance: this.varianceOf(v) };
  }

  /** The mean of the function at each placed point: quicker than `predict` by a factor of n, as it needs no variance. */
  means(points: readonly Float64Array[]): Float64Array {
    const alpha = new Float64Array(this.size);
    alpha.set(this.beta);
    this.factor.solveUpper(alpha);
    const k = new Float64Array(this.size);
    return Float64Array.from(points, (point) => {
      this.cross(point, k);
      return k.reduce((sum, ki, i) => sum + ki * alpha[i]!, this.trendAt(point));
    });
  }

  /**
   * The gradient by x of uᵀv, where `slopes` are those at x and `u`, shape [count], is overwritten. Zero in nominal coordinates.
   */
  gradientOf(x: Float64Array, slopes: Float64Array, u: Float64Array, gradient: Float64Array): void {
    this.factor.solveUpper(u);
    const { nominal, dimensions } = this.distance;
    gradient.fill(0);
    for (let i = 0, at = 0; i < this.size; i++) {
      const pull = 2 * slopes[i]! * u[i]!;
      for (let d = 0; d < dimensions; d++, at++) {
        gradient[d] = gradient[d]! + pull * (x[d]! - this.points[at]!);
      }
    }
    for (let d = 0; d < dimensions; d++) {
      gradient[d] = nominal[d] ? 0 : gradient[d]! * this.hyperparameters.weights[d]!;
    }
  }
}

function covariance(
  distance: Distance,
  { weights, signal }: Hyperparameters,
  a: Float64Array,
  b: Float64Array,
): number {
  let q = 0;
  for (let d = 0; d < a.length; d++) q += weights[d]! * distance.part(d, a[d]!, b[d]!);
  const s = scaledRoot(q);
  return maternFrom(s, signal * Math.exp(-s)) + MEAN_VARIANCE;
}
