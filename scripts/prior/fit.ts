// Fits the prior to recorded fine-tunings: ridge regressions by ml-matrix.
import { Matrix, solve } from 'ml-matrix';
import { normalQuantile } from '../../src/math/normal.js';
import { RandomStream } from '../../src/math/random.js';
import type { PriorCoefficients } from '../../src/search/prior/prior-coefficients.js';
import {
  changeBasis,
  type CurvePoint,
  deviationBasis,
  freshBasis,
  freshFeatures,
  gainFeatures,
  gapFeatures,
} from '../../src/search/prior/learning-curves.js';
import { type LinearModel, predictLinear } from '../../src/search/prior/linear-model.js';
import { type FineTuning, termsOf } from '../../src/search/prior/terms.js';
import type { Parameters } from '../../src/study/parameters.js';
import { must } from '../../src/system/must.js';
import { networkFacts } from './networks.js';
import type { RecordedRun, RecordedSet } from './recorded-runs.js';

/** Ridge penalties: of the terms (their numbers are of size 1), and of the curves' features. */
const TERM_PENALTY = 10;
const COST_PENALTY = 1;
const CURVE_PENALTY = 1;
/** Epochs between which curves are compared. */
const STOPS = [2, 3, 4, 6, 8, 12, 16, 24, 32, 50];
/** Leaders of each data set that its curves are compared with, drawn from its best third. */
const LEADERS = 8;
/** Forecasts are less sure than their residuals; the bench is best at this share of them. */
const DEVIATION_SHARE = 0.8;

/** A recorded run as the prior sees it. */
export function fineTuningOf(parameters: Parameters): FineTuning {
  const { backbone, unfrozenShare, ...fields } = parameters;
  return {
    fields,
    ...(typeof unfrozenShare === 'number' ? { unfrozenShare } : {}),
    network: networkFacts(String(backbone)),
  };
}

interface Sample {
  readonly terms: ReadonlyMap<string, number>;
  /** The final value's rank in its data set as a quantile of the normal distribution. */
  readonly quality: number;
  readonly logSeconds: number;
  /** Best value so far by epoch, a share. */
  readonly curve: readonly number[];
}

export function fitPrior(sets: readonly RecordedSet[]): PriorCoefficients {
  const samples = sets.map(({ runs }) => samplesOf(runs));
  const quality = fitTerms(samples.flat(), (sample) => sample.quality, TERM_PENALTY);
  // What the prior says of a data set that it was not fitted to: the curves are to know how far it can be trusted.
  const foretold = samples.map((own, i) => {
    const model = fitTerms(samples.filter((_, j) => j !== i).flat(), (sample) => sample.quality, TERM_PENALTY);
    return own.map(({ terms }) => predictLinear(model, terms));
  });
  return {
    source: 'rapanti/quicktune, recorded fine-tunings on Meta-Album (BSD-3-Clause)',
    quality,
    correlation: rounded(
      correlation(
        foretold.flat(),
        samples.flat().map((sample) => sample.quality),
      ),
    ),
    seconds: fitTerms(samples.flat(), (sample) => sample.logSeconds, COST_PENALTY),
    curves: fitCurves(samples, foretold),
  };
}

function samplesOf(runs: readonly RecordedRun[]): Sample[] {
  const curves = runs.map(({ accuracy }) => bestSoFar(accuracy));
  const finals = curves.map((curve) => curve.at(-1) ?? 0);
  const costs = runs.map(({ seconds }) => Math.log(mean(seconds)));
  const middle = mean(costs);
  return runs.map(({ parameters }, i) => {
    const final = finals[i] ?? 0;
    const below = finals.filter((other) => other < final).length;
    const equal = finals.filter((other) => other === final).length;
    return {
      terms: termsOf(fineTuningOf(parameters)),
      quality: normalQuantile((below + equal / 2) / runs.length),
      logSeconds: (costs[i] ?? 0) - middle,
      curve: must(curves[i], 'a curve'),
    };
  });
}

function bestSoFar(accuracy: readonly number[]): number[] {
  let best = 0;
  return accuracy.map((value) => (best = Math.max(best, value / 100)));
}

function fitTerms(samples: readonly Sample[], target: (sample: Sample) => number, penalty: number): LinearModel {
  const names = [...new Set(samples.flatMap(({ terms }) => [...terms.keys()]))].sort();
  const means = names.map((name) => mean(samples.flatMap(({ terms }) => terms.get(name) ?? (isOwn(name) ? 0 : []))));
  const fit = new Regression(names.length, penalty);
  const middle = mean(samples.map(target));
  for (const sample of samples) {
    const row = names.map(
      (name, i) => (sample.terms.get(name) ?? (isOwn(name) ? 0 : (means[i] ?? 0))) - (means[i] ?? 0),
    );
    fit.add(row, target(sample) - middle);
  }
  const weights = fit.weights();
  return Object.fromEntries(
    names.map((name, i) => [name, [isOwn(name) ? 0 : rounded(means[i] ?? 0), rounded(weights[i] ?? 0)]]),
  );
}

/** The term of a single network: another one is not an average of those known, so it counts from 0. */
function isOwn(name: string): boolean {
  return name.startsWith('network ') && !/^network (size|work)/.test(name);
}

function fitCurves(
  samples: readonly (readonly Sample[])[],
  foretold: readonly (readonly number[])[],
): PriorCoefficients['curves'] {
  const random = RandomStream.of('leaders');
  const points = (curve: readonly number[], z: number, epoch: number): CurvePoint => ({
    value: must(curve[epoch - 1], 'an epoch'),
    half: must(curve[Math.max(0, Math.floor(epoch / 2) - 1)], 'an epoch'),
    z,
  });
  const tasks = samples.map((set, s) => {
    const order = set.map((_, i) => i).sort((a, b) => (set[b]?.curve.at(-1) ?? 0) - (set[a]?.curve.at(-1) ?? 0));
    const best = order.slice(0, Math.ceil(set.length / 3));
    const leaders = [...random.permutation(best.length).slice(0, LEADERS)].map((i) => must(best[i], 'a leader'));
    return { set, z: must(foretold[s], 'a data set'), leaders };
  });
  /** Calls back for every pair of stops, curve and leader; `leader` is undefined for the curve alone. */
  const eachPair = (call: (pair: Pair) => void): void => {
    for (const from of STOPS) {
      for (const to of STOPS.filter((stop) => stop > from)) {
        for (const { set, z, leaders } of tasks) {
          const own = set.map(({ curve }, i) => points(curve, z[i] ?? 0, from));
          for (const [i, { curve }] of set.entries()) {
            const point = must(own[i], 'a point');
            const then = must(curve[to - 1], 'an epoch');
            call({ from, to, own: point, then });
            for (const l of leaders) {
              const leader = must(own[l], 'a leader');
              call({ from, to, own: point, then, leader, ahead: must(set[l]?.curve[to - 1], 'an epoch') });
            }
          }
        }
      }
    }
  };
  const gain = new Regression(18, CURVE_PENALTY);
  const gap = new Regression(30, CURVE_PENALTY);
  eachPair(({ from, to, own, then, leader, ahead }) => {
    if (leader === undefined) gain.add(changeBasis(gainFeatures(own), from, to), then - own.value);
    else gap.add(changeBasis(gapFeatures(own, leader, ahead), from, to), then - ahead - (own.value - leader.value));
  });
  const [gainWeights, gapWeights] = [gain.weights(), gap.weights()];
  const gainSpread = new Spread(5);
  const gapSpread = new Spread(5);
  eachPair(({ from, to, own, then, leader, ahead }) => {
    if (leader === undefined) {
      const change = product(gainWeights, changeBasis(gainFeatures(own), from, to));
      gainSpread.add(deviationBasis(Math.max(0, Math.min(1, change)), from, to), then - own.value - change);
    } else {
      const change = product(gapWeights, changeBasis(gapFeatures(own, leader, ahead), from, to));
      const gapThen = own.value - leader.value + change;
      gapSpread.add(deviationBasis(Math.max(-1, Math.min(0.2, gapThen)), from, to), then - ahead - gapThen);
    }
  });
  const fresh = new Regression(8, CURVE_PENALTY);
  const eachFresh = (call: (basis: number[], gapThen: number, epoch: number) => void): void => {
    for (const epoch of STOPS) {
      for (const { set, z, leaders } of tasks) {
        for (const l of leaders) {
          const leader = must(set[l], 'a leader').curve;
          const ahead = must(leader[epoch - 1], 'an epoch');
          set.forEach(({ curve }, i) => {
            const final = (curve.at(-1) ?? 0) - (leader.at(-1) ?? 0);
            const features = freshFeatures(final, (z[i] ?? 0) - (z[l] ?? 0), ahead);
            call(freshBasis(features, epoch), must(curve[epoch - 1], 'an epoch') - ahead, epoch);
          });
        }
      }
    }
  };
  eachFresh((basis, then) => fresh.add(basis, then));
  const freshWeights = fresh.weights();
  const freshSpread = new Spread(2);
  eachFresh((basis, then, epoch) => {
    freshSpread.add([1, Math.log(epoch) / Math.log(50)], then - product(freshWeights, basis));
  });
  return {
    gain: gainWeights.map(rounded),
    gainDeviation: gainSpread.weights().map(rounded),
    gap: gapWeights.map(rounded),
    gapDeviation: gapSpread.weights().map(rounded),
    fresh: freshWeights.map(rounded),
    freshDeviation: freshSpread.weights().map(rounded),
  };
}

type Pair = { readonly from: number; readonly to: number; readonly own: CurvePoint; readonly then: number } & (
  { readonly leader?: undefined; readonly ahead?: undefined } | { readonly leader: CurvePoint; readonly ahead: number }
);

/** Ridge regression without an intercept, row by row. */
class Regression {
  private readonly products: Float64Array;
  private readonly targets: Float64Array;

  constructor(
    private readonly size: number,
    private readonly penalty: number,
  ) {
    this.products = new Float64Array(size * size);
    this.targets = new Float64Array(size);
  }

  add(row: readonly number[], target: number): void {
    const { size, products, targets } = this;
    for (let i = 0; i < size; i++) {
      const x = row[i]!;
      if (x === 0) continue;
      targets[i] = targets[i]! + x * target;
      for (let j = 0; j <= i; j++) products[i * size + j] = products[i * size + j]! + x * row[j]!;
    }
  }

  weights(): number[] {
    const { size, products } = this;
    const matrix = new Matrix(size, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) matrix.set(i, j, products[Math.max(i, j) * size + Math.min(i, j)]!);
      matrix.set(i, i, matrix.get(i, i) + this.penalty);
    }
    return solve(matrix, Matrix.columnVector([...this.targets])).getColumn(0);
  }
}

/** The logarithm of a standard deviation as a linear function: fitted to the logarithm of squared residuals, then scaled to fit them. */
class Spread {
  private readonly regression: Regression;
  private readonly rows: { readonly row: readonly number[]; readonly square: number }[] = [];

  constructor(size: number) {
    this.regression = new Regression(size, 1);
  }

  add(row: readonly number[], residual: number): void {
    this.rows.push({ row, square: residual * residual });
    this.regression.add(row, Math.log(residual * residual + 1e-4));
  }

  weights(): number[] {
    const weights = this.regression.weights();
    const ratio = mean(this.rows.map(({ row, square }) => square / Math.exp(product(weights, row))));
    const scaled = weights.map((weight, i) => (i === 0 ? weight + Math.log(ratio) : weight) / 2);
    scaled[0] = (scaled[0] ?? 0) + Math.log(DEVIATION_SHARE);
    return scaled;
  }
}

function product(weights: readonly number[], row: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += weights[i]! * row[i]!;
  return sum;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = mean(a.map((x, i) => (x - meanA) * ((b[i] ?? 0) - meanB)));
  return covariance / Math.sqrt(mean(a.map((x) => (x - meanA) ** 2)) * mean(b.map((x) => (x - meanB) ** 2)));
}

/** To four digits: a small file. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
