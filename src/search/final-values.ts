// What configurations that were not tried would probably come to, from what is foretold of those that were.
import { Matrix, solve } from 'ml-matrix';
import { CholeskyFactor } from '../math/cholesky.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import { must } from '../system/must.js';
import { Distance } from './gp/kernel.js';
import { representatives } from './gp/surrogate.js';
import type { Forecast } from './prior/learning-curves.js';

/** The model is conditioned on at most so many trials. */
const MOST_HELD = 200;
/** By how much the final value is taken to rise for each standard deviation of the prior, until trials say otherwise. */
const EXPECTED_SLOPE = 0.15;
/** The weight of that belief and of the intercept's, in trials. */
const SLOPE_TRIALS = 1;
const INTERCEPT_TRIALS = 0.1;
/** Bounds of the deviation of final values around the prior; that of repeating a run; the least doubt about any forecast. */
const [LEAST_AMPLITUDE, MOST_AMPLITUDE] = [0.05, 0.3];
const REPEAT_DEVIATION = 0.05;
const LEAST_DOUBT = 0.01;
/** The mean squared distance of two random points, in units of the kernel's exponent. */
const MEAN_EXPONENT = 1.7;

/** A trial, and its final value as it is or is foretold. */
export interface Final {
  readonly parameters: Parameters;
  readonly final: Forecast;
}

export class FinalValues {
  private readonly places = new WeakMap<Parameters, Float64Array>();
  private readonly distance: Distance;
  private readonly exponent: number;

  /** @param quality what is expected of a configuration beforehand, in standard deviations. */
  constructor(
    private readonly space: SearchSpace,
    private readonly quality: (parameters: Parameters) => number,
  ) {
    this.distance = new Distance(space);
    const typical = space.names.reduce((sum, _, d) => {
      const domain = space.domainAt(d);
      const names = this.distance.nominal[d] === 1 && domain.type === 'choice' ? domain.values.length : 0;
      return sum + (names > 0 ? 1 - 1 / names : 1 / 6);
    }, 0);
    this.exponent = MEAN_EXPONENT / Math.max(typical, 1e-9);
  }

  /**
   * Final values of other configurations: a line in what the prior says, fitted to what is foretold of the trials with a belief beforehand, and a
   * Gaussian process of the rest.
   */
  given(trials: readonly Final[]): (parameters: Parameters) => Forecast {
    const held = representatives(
      trials.map(({ final }) => -final.mean),
      MOST_HELD,
    ).map((i) => must(trials[i], 'a trial'));
    const y = held.map(({ final }) => final.mean);
    const z = held.map(({ parameters }) => this.quality(parameters));
    const [intercept, slope] = lineThrough(z, y);
    const rest = y.map((value, i) => value - intercept - slope * (z[i] ?? 0));
    const variance = mean(rest.map((value) => value * value)) - mean(rest) ** 2;
    const amplitude = Math.min(MOST_AMPLITUDE ** 2, Math.max(LEAST_AMPLITUDE ** 2, variance));
    const points = held.map(({ parameters }) => this.place(parameters));
    const lower = new Float64Array((held.length * (held.length + 1)) / 2);
    let at = 0;
    for (const [i, point] of points.entries()) {
      for (let j = 0; j < i; j++) lower[at++] = amplitude * this.kernel(point, must(points[j], 'a point'));
      const doubt = held[i]?.final.deviation ?? 0;
      lower[at++] = amplitude + doubt * doubt + LEAST_DOUBT ** 2;
    }
    const factor = must(CholeskyFactor.of(lower, held.length), 'a positive definite covariance');
    const beta = Float64Array.from(rest);
    factor.solveLower(beta);
    return (parameters) => {
      const own = this.place(parameters);
      const v = Float64Array.from(points, (point) => amplitude * this.kernel(own, point));
      factor.solveLower(v);
      const explained = v.reduce((sum, value) => sum + value * value, 0);
      return {
        mean: intercept + slope * this.quality(parameters) + v.reduce((sum, value, i) => sum + value * beta[i]!, 0),
        deviation: Math.sqrt(Math.max(0, amplitude - explained) + REPEAT_DEVIATION ** 2),
      };
    };
  }

  private place(parameters: Parameters): Float64Array {
    let known = this.places.get(parameters);
    if (known === undefined) this.places.set(parameters, (known = this.newPlace(parameters)));
    return known;
  }

  private newPlace(parameters: Parameters): Float64Array {
    const { space } = this;
    return this.distance.place(
      space.contains(parameters) ? space.encode(parameters) : new Float64Array(space.dimensions).fill(NaN),
    );
  }

  private kernel(a: Float64Array, b: Float64Array): number {
    let q = 0;
    for (let d = 0; d < a.length; d++) q += this.distance.part(d, a[d]!, b[d]!);
    return Math.exp(-this.exponent * q);
  }
}

/** [intercept, slope] by least squares, drawn to the mean and to the slope that is expected. */
function lineThrough(x: readonly number[], y: readonly number[]): [number, number] {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const middle = mean(y);
  const matrix = new Matrix([
    [x.length + INTERCEPT_TRIALS, sum(x)],
    [sum(x), sum(x.map((value) => value * value)) + SLOPE_TRIALS],
  ]);
  const right = [
    sum(y) + INTERCEPT_TRIALS * middle,
    sum(x.map((value, i) => value * (y[i] ?? 0))) + SLOPE_TRIALS * EXPECTED_SLOPE,
  ];
  const [intercept = middle, slope = 0] = solve(matrix, Matrix.columnVector(right)).to1DArray();
  return [intercept, slope];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
