// The learned prior as the mean of a Gaussian process and as a criterion's cost.
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import type { Criterion } from './gp/criterion.js';
import type { Trend } from './gp/gaussian-process.js';
import type { Expectation } from './prior/fine-tuning-prior.js';

/** What is expected of parameters beforehand. */
export type Expect = (parameters: Parameters) => Expectation;

/** By how much the warped loss is taken to fall for each standard deviation of the prior, and the weight of that belief in trials. */
const EXPECTED_SLOPE = 0.8;
const SLOPE_TRIALS = 1;
const COST_EXPONENT = 0.25;
/** Width of the differences that gradients are taken from. */
const WIDTH = 1e-4;

/**
 * The line through warped losses by what the prior says of their points: ridge regression towards the expected slope. So the prior
 * decides while nothing else is known, and gives way to what the study finds, also where that is the opposite.
 */
export function fitTrend(
  space: SearchSpace,
  expect: Expect,
  units: readonly Float64Array[],
  values: readonly number[],
  doubts: readonly number[],
): Trend {
  const quality = (point: ArrayLike<number>): number => expect(space.decode(point)).quality;
  const z = qualitiesAt(units, expect, quality);
  const weights = doubts.map((doubt) => 1 / (1 + doubt));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const middle = (list: readonly number[]): number =>
    list.reduce((sum, value, i) => sum + weights[i]! * value, 0) / Math.max(total, 1e-9);
  const [middleZ, middleValue] = [middle(z), middle(values)];
  const product = z.reduce((sum, zi, i) => sum + weights[i]! * (zi - middleZ) * (values[i]! - middleValue), 0);
  const square = z.reduce((sum, zi, i) => sum + weights[i]! * (zi - middleZ) ** 2, 0);
  const slope = (product - SLOPE_TRIALS * EXPECTED_SLOPE) / (square + SLOPE_TRIALS);
  return byDifferences((point) => slope * (quality(point) - middleZ));
}

/** What is expected of points that were looked at before, by the points. */
const expected = new WeakMap<Expect, WeakMap<Float64Array, number>>();

function qualitiesAt(
  units: readonly Float64Array[],
  expect: Expect,
  quality: (point: Float64Array) => number,
): number[] {
  let known = expected.get(expect);
  if (known === undefined) expected.set(expect, (known = new WeakMap()));
  return units.map((unit) => {
    let z = known.get(unit);
    if (z === undefined) known.set(unit, (z = quality(unit.map((u) => (Number.isNaN(u) ? 0.5 : u)))));
    return z;
  });
}

/**
 * −¼ log of the cost of an epoch, added to the logarithm of an improvement: a hundred times the cost counts as a third of the
 * improvement. A study has a number of trials, and must not spend them all on what is cheap. So costs count for less towards its end (cost
 * cooling: E. H. Lee, V. Perrone, C. Archambeau and M. Seeger, 'Cost-aware Bayesian Optimization', 2020).
 * @param remaining the share of the trials that is still to come; 1 where there is no end.
 */
export function perCost(space: SearchSpace, expect: Expect, remaining = 1): Criterion {
  const exponent = costExponent(remaining);
  const cost = byDifferences((point) => -exponent * expect(space.decode(point)).logSeconds);
  return {
    values: (points) => Float64Array.from(points, (point) => cost.at(point)),
    valueWithGradient(point, gradient) {
      cost.addGradient(point, 1, gradient);
      return cost.at(point);
    },
  };
}

/** An improvement is divided by the cost to this power. */
export function costExponent(remaining: number): number {
  return COST_EXPONENT * remaining;
}

/** Central differences, one-sided at the ends of the unit cube. */
function byDifferences(at: (point: Float64Array) => number): Trend {
  return {
    at,
    addGradient(point, factor, gradient) {
      for (let d = 0; d < point.length; d++) {
        const u = point[d]!;
        if (u < 0) continue; // an inactive name
        const [low, high] = [Math.max(0, u - WIDTH), Math.min(1, u + WIDTH)];
        const slope = (at(point.with(d, high)) - at(point.with(d, low))) / (high - low);
        gradient[d] = gradient[d]! + factor * slope;
      }
    },
  };
}
