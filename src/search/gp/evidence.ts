// How well hyperparameters explain observations: the log posterior of θ and its gradient.
import { must } from '../../system/must.js';
import { CholeskyFactor } from '../../math/cholesky.js';
import { type LogHyperparameters, MEAN_VARIANCE, fromLogarithms, negativeLogPrior } from './hyperparameters.js';
import { type Distance, maternFrom, maternSlopeFrom, scaledRoot } from './kernel.js';

/** What a Gaussian process is conditioned on. Notation as in gaussian-process.ts. */
export interface TrainingSet {
  /** X, placed by the distance, each shape [dimensions]. */
  readonly points: readonly Float64Array[];
  /** y, shape [n]. */
  readonly values: Float64Array;
  /** e, the variance of each value beyond the noise, shape [n]. */
  readonly extraNoise: Float64Array;
}

/** −log p(θ | X, y) for one training set; keeps what does not depend on θ. Triangles are stored row by row. */
export class Evidence {
  /** Parts of the squared distance of each pair i > j, `dimensions` numbers a pair. */
  private readonly parts: Float64Array;
  private readonly covariance: Float64Array;
  /** ∂K/∂q below the diagonal. */
  private readonly slopes: Float64Array;

  constructor(
    private readonly distance: Distance,
    private readonly training: TrainingSet,
  ) {
    const { points } = training;
    const { dimensions } = distance;
    const n = points.length;
    this.covariance = new Float64Array((n * (n + 1)) / 2);
    this.slopes = new Float64Array((n * (n + 1)) / 2);
    this.parts = new Float64Array(((n * (n - 1)) / 2) * dimensions);
    for (let i = 1, at = 0; i < n; i++) {
      const a = must(points[i], 'a point');
      for (let j = 0; j < i; j++) {
        const b = must(points[j], 'a point');
        for (let d = 0; d < dimensions; d++) this.parts[at++] = distance.part(d, a[d]!, b[d]!);
      }
    }
  }

  /**
   * The value up to a constant; fills its gradient (Rasmussen and Williams 2006, 2.30 and 5.9, with the prior added). Infinity
   * where the covariance is not positive definite.
   */
  negativeLogPosterior(theta: LogHyperparameters, gradient: Float64Array): number {
    this.fillCovariance(theta);
    const { values } = this.training;
    const factor = CholeskyFactor.of(this.covariance, values.length);
    if (factor === undefined) return Infinity;
    const alpha = values.slice();
    factor.solveLower(alpha);
    const fit = alpha.reduce((sum, a) => sum + a * a, 0);
    factor.solveUpper(alpha);
    this.fillGradient(theta, alpha, factor.inverse(), gradient);
    return 0.5 * (fit + factor.logDeterminant()) + negativeLogPrior(theta, gradient);
  }

  private fillCovariance(theta: LogHyperparameters): void {
    const { weights, signal, noise } = fromLogarithms(theta);
    const { covariance, slopes, parts } = this;
    const { dimensions } = this.distance;
    for (let i = 0, at = 0, part = 0; i < this.training.values.length; i++) {
      for (let j = 0; j < i; j++, at++) {
        let q = 0;
        for (let d = 0; d < dimensions; d++) q += weights[d]! * parts[part++]!;
        const s = scaledRoot(q);
        const exp = signal * Math.exp(-s);
        covariance[at] = maternFrom(s, exp) + MEAN_VARIANCE;
        slopes[at] = maternSlopeFrom(s, exp);
      }
      covariance[at++] = signal + MEAN_VARIANCE + noise + this.training.extraNoise[i]!;
    }
  }

  /** −½ tr((ααᵀ − K⁻¹)·∂K/∂θ) for each hyperparameter. */
  private fillGradient(
    theta: LogHyperparameters,
    alpha: Float64Array,
    inverse: Float64Array,
    gradient: Float64Array,
  ): void {
    const { weights, signal, noise } = fromLogarithms(theta);
    const { covariance, slopes, parts } = this;
    const { dimensions } = this.distance;
    let bySignal = 0;
    let byNoise = 0;
    gradient.fill(0);
    for (let i = 0, at = 0, part = 0; i < alpha.length; i++) {
      const ai = alpha[i]!;
      for (let j = 0; j < i; j++, at++) {
        const pull = ai * alpha[j]! - inverse[at]!;
        bySignal += pull * (covariance[at]! - MEAN_VARIANCE);
        const bySlope = pull * slopes[at]!;
        for (let d = 0; d < dimensions; d++) gradient[d] = gradient[d]! + bySlope * parts[part++]!;
      }
      const pull = 0.5 * (ai * ai - inverse[at++]!);
      bySignal += pull * signal;
      byNoise += pull * noise;
    }
    for (let d = 0; d < dimensions; d++) gradient[d] = 2 * weights[d]! * gradient[d]!;
    gradient[dimensions] = -bySignal;
    gradient[dimensions + 1] = -byNoise;
  }
}
