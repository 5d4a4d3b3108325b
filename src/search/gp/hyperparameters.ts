// What is learned about the function: lengthscales, signal and noise; and what is believed of them beforehand.

/** θ: log ℓ of each coordinate, then log s², then log σ², shape [dimensions + 2]. */
export type LogHyperparameters = Float64Array;

export interface Hyperparameters {
  /** 1/ℓ² of each coordinate. */
  readonly weights: Float64Array;
  /** s², the variance of the function around its mean. */
  readonly signal: number;
  /** σ², the variance of the noise. */
  readonly noise: number;
}

/** The variance of the unknown constant mean, in units of the standardised values. */
export const MEAN_VARIANCE = 1;

/**
 * Lengthscales have a common part, uncertain by e^±1, and differ from it by e^±0.7: with twenty trials in ten dimensions
 * lengthscales that were believed independent take arbitrary values and change with every trial. The common part grows with the
 * root of the dimension (C. Hvarfner et al., 'Vanilla Bayesian optimization performs great in high dimensions', 2024).
 */
const LENGTH_CENTRE = Math.SQRT2 - 2;
const COMMON_DEVIATION = 1;
const OWN_DEVIATION = 0.7;
/** log s² and log σ² are normal; noise from next to none to about the signal's size is believable. */
const SIGNAL_DEVIATION = 1;
const NOISE_CENTRE = -6;
const NOISE_DEVIATION = 2;

/** The box that θ is searched in. */
export function hyperparameterBounds(dimensions: number): {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
} {
  const lower = new Float64Array(dimensions + 2).fill(Math.log(0.02));
  const upper = new Float64Array(dimensions + 2).fill(Math.log(200));
  lower[dimensions] = Math.log(0.01);
  upper[dimensions] = Math.log(1000);
  lower[dimensions + 1] = Math.log(1e-8);
  upper[dimensions + 1] = Math.log(2);
  return { lower, upper };
}

/** Where a fit begins when nothing is known. */
export function expectedHyperparameters(dimensions: number): LogHyperparameters {
  const theta = new Float64Array(dimensions + 2).fill(lengthCentre(dimensions));
  theta[dimensions] = 0;
  theta[dimensions + 1] = Math.log(1e-3);
  return theta;
}

/** −log p(θ) up to a constant; adds its gradient to `gradient`. */
export function negativeLogPrior(theta: LogHyperparameters, gradient: Float64Array): number {
  const dimensions = theta.length - 2;
  // The lengthscales' covariance is τ²·I + c²·11ᵀ; its inverse by Sherman and Morrison.
  const ownPrecision = 1 / OWN_DEVIATION ** 2;
  const shared = (COMMON_DEVIATION ** 2 * ownPrecision ** 2) / (1 + dimensions * COMMON_DEVIATION ** 2 * ownPrecision);
  const centre = lengthCentre(dimensions);
  let total = 0;
  for (let d = 0; d < dimensions; d++) total += theta[d]! - centre;
  let value = 0;
  for (let d = 0; d < dimensions; d++) {
    const off = theta[d]! - centre;
    const slope = ownPrecision * off - shared * total;
    gradient[d] = gradient[d]! + slope;
    value += 0.5 * off * slope;
  }
  const signal = theta[dimensions]! / SIGNAL_DEVIATION;
  const noise = (theta[dimensions + 1]! - NOISE_CENTRE) / NOISE_DEVIATION;
  gradient[dimensions] = gradient[dimensions]! + signal / SIGNAL_DEVIATION;
  gradient[dimensions + 1] = gradient[dimensions + 1]! + noise / NOISE_DEVIATION;
  return value + 0.5 * (signal * signal + noise * noise);
}

export function fromLogarithms(theta: LogHyperparameters): Hyperparameters {
  const dimensions = theta.length - 2;
  return {
    weights: theta.slice(0, dimensions).map((length) => Math.exp(-2 * length)),
    signal: Math.exp(theta[dimensions]!),
    noise: Math.exp(theta[dimensions + 1]!),
  };
}

function lengthCentre(dimensions: number): number {
  return LENGTH_CENTRE + 0.5 * Math.log(Math.max(1, dimensions));
}
