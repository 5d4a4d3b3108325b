// Which trial is worth the next seconds: the paused ones and new ones by one criterion, from learning curves and the prior.
//
// Swersky, Snoek and Adams 2014, 'Freeze-thaw Bayesian optimization', for the idea: a model of curves decides what to continue and what to
// begin. The criterion is the expected improvement per second (Snoek, Larochelle and Adams 2012), at the later epoch where it is highest.
import { Matrix, solve } from 'ml-matrix';
import { CholeskyFactor } from '../math/cholesky.js';
import { logExpectedPositivePart } from '../math/normal.js';
import type { History } from '../study/history.js';
import { type Objective, valueOf } from '../study/objective.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import { type Trial, isOfSearch } from '../study/trial.js';
import { must } from '../system/must.js';
import { Distance } from './gp/kernel.js';
import { representatives } from './gp/surrogate.js';
import type { Expectation } from './prior/fine-tuning-prior.js';
import { type CurvePoint, type Forecast, type LearningCurves, recordedEpoch } from './prior/learning-curves.js';
import { ValueScale } from './value-scale.js';

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

export interface FreezeThawOptions {
  readonly objective: Objective;
  /** Of a full trial. */
  readonly epochs: number;
  /** Epochs at which a trial may pause, ascending, and the last one. */
  readonly stops: readonly number[];
  readonly curves: LearningCurves;
  /** What is expected of a configuration beforehand. */
  readonly expect: (parameters: Parameters) => Expectation;
  readonly space: SearchSpace;
}

/** What more seconds of a trial are worth. */
export interface Worth {
  /** log of the expected improvement per second; the unit of seconds is that of the average configuration's epoch. */
  readonly rate: number;
  /** The expected improvement, as a share. */
  readonly improvement: number;
  /** Where the rate is reached. */
  readonly epoch: number;
  /** The value that is expected then. */
  readonly expected: number;
}

/** A trial that has begun. */
interface Begun {
  readonly trial: Trial;
  readonly epoch: number;
  readonly point: CurvePoint;
  /** Of the last epoch. */
  final: Forecast;
}

/** The model at one moment of a history. */
export interface Outlook {
  /** Missing where the trial is at its last epoch, or has no value. */
  of(trial: Trial): Worth | undefined;
  /** A configuration that was not tried. */
  ofNew(parameters: Parameters): Worth;
  /** An improvement in the metric's own unit. */
  inMetric(improvement: number): number;
}

export class FreezeThaw {
  private readonly expectations = new WeakMap<Parameters, Expectation>();
  private readonly places = new WeakMap<Parameters, Float64Array>();
  private readonly distance: Distance;
  private readonly exponent: number;
  private latest:
    { readonly history: History; readonly key: string; readonly outlook: Outlook | undefined } | undefined;

  constructor(private readonly options: FreezeThawOptions) {
    const { space } = options;
    this.distance = new Distance(space);
    const typical = space.names.reduce((sum, _, d) => {
      const domain = space.domainAt(d);
      const names = this.distance.nominal[d] === 1 && domain.type === 'choice' ? domain.values.length : 0;
      return sum + (names > 0 ? 1 - 1 / names : 1 / 6);
    }, 0);
    this.exponent = MEAN_EXPONENT / Math.max(typical, 1e-9);
  }

  /** Undefined while no trial has a value. */
  outlook(history: History): Outlook | undefined {
    const key = keyOf(history);
    if (this.latest?.history !== history || this.latest.key !== key) {
      this.latest = { history, key, outlook: this.newOutlook(history) };
    }
    return this.latest.outlook;
  }

  private newOutlook(history: History): Outlook | undefined {
    const scale = ValueScale.of(history);
    const begun = history.trials.flatMap((trial) => this.begun(trial, scale));
    const leader = leaderOf(begun);
    if (leader === undefined) return undefined;
    const ahead = this.courseOf(leader, scale);
    for (const one of begun) {
      one.final = this.forecast(one, leader, ahead, this.lastEpoch(one.trial.parameters), scale);
    }
    const predict = this.finals(begun);
    const best = leader.point.value;
    const byTrial = new Map(begun.map((one) => [one.trial.number, one]));
    return {
      of: (trial) => {
        const one = byTrial.get(trial.number);
        const next = one === undefined ? [] : this.stopsOf(trial.parameters).filter((stop) => stop > one.epoch);
        if (one === undefined || next.length === 0) return undefined;
        const seconds = Math.exp(this.expect(trial.parameters).logSeconds);
        return highest(
          next.map((stop) => {
            return worthOf(this.forecast(one, leader, ahead, stop, scale), best, (stop - one.epoch) * seconds, stop);
          }),
        );
      },
      ofNew: (parameters) => {
        const { quality, logSeconds } = this.expect(parameters);
        const final = predict(parameters);
        const gap = { mean: final.mean - leader.final.mean, deviation: final.deviation };
        return highest(
          this.stopsOf(parameters).map((stop) => {
            const forecast = this.options.curves.fresh(gap, quality - leader.point.z, ahead(stop), this.recorded(stop));
            return worthOf(forecast, best, stop * Math.exp(logSeconds), stop);
          }),
        );
      },
      inMetric: (improvement) => scale.differenceOf(improvement),
    };
  }

  /** A study may search the number of epochs itself. */
  private lastEpoch({ epochs }: Parameters): number {
    return typeof epochs === 'number' ? Math.min(epochs, this.options.epochs) : this.options.epochs;
  }

  private stopsOf(parameters: Parameters): readonly number[] {
    const { stops, epochs } = this.options;
    const last = this.lastEpoch(parameters);
    return last === epochs ? stops : [...stops.filter((stop) => stop < last), last];
  }

  private begun(trial: Trial, scale: ValueScale): Begun[] {
    if (!isOfSearch(trial) || trial.state === 'failed') return [];
    const epoch = trial.reports.length;
    const value = this.valueBy(trial, epoch, scale);
    if (value === undefined) return [];
    const point = this.pointOf(trial, epoch, value, scale);
    return [{ trial, epoch, point, final: { mean: value, deviation: 0 } }];
  }

  private pointOf(trial: Trial, epoch: number, value: number, scale: ValueScale): CurvePoint {
    const half = this.valueBy(trial, Math.max(1, Math.floor(epoch / 2)), scale) ?? 0;
    return { value, half, z: this.expect(trial.parameters).quality };
  }

  /** The best value up to an epoch, as a share. */
  private valueBy(trial: Trial, epoch: number, scale: ValueScale): number | undefined {
    let best: number | undefined;
    for (const report of trial.reports) {
      if (report.epoch > epoch) break;
      const value = valueOf(this.options.objective, report);
      if (value !== undefined) best = Math.max(best ?? -Infinity, scale.shareOf(value));
    }
    return best;
  }

  /** The leader's value at an epoch, as far as it has come, and as it probably goes on. */
  private courseOf(leader: Begun, scale: ValueScale): (epoch: number) => number {
    return (epoch) =>
      epoch <= leader.epoch ? (this.valueBy(leader.trial, epoch, scale) ?? 0) : this.alone(leader, epoch).mean;
  }

  private forecast(
    one: Begun,
    leader: Begun,
    ahead: (epoch: number) => number,
    epoch: number,
    scale: ValueScale,
  ): Forecast {
    if (epoch <= one.epoch) return { mean: one.point.value, deviation: 0 };
    if (one === leader || one.epoch > leader.epoch) return this.alone(one, epoch);
    const there = this.pointOf(leader.trial, one.epoch, ahead(one.epoch), scale);
    const [from, to] = [this.recorded(one.epoch), this.recorded(epoch)];
    return this.options.curves.beside(one.point, there, ahead(epoch), from, to);
  }

  private alone({ point, epoch: from }: Begun, to: number): Forecast {
    return this.options.curves.alone(point, this.recorded(from), this.recorded(to));
  }

  private recorded(epoch: number): number {
    return recordedEpoch(epoch, this.options.epochs);
  }

  /**
   * Final values of other configurations: a line in what the prior says, fitted to what is foretold of the trials with a belief beforehand, and a
   * Gaussian process of the rest.
   */
  private finals(begun: readonly Begun[]): (parameters: Parameters) => Forecast {
    const held = representatives(
      begun.map(({ final }) => -final.mean),
      MOST_HELD,
    ).map((i) => must(begun[i], 'a trial'));
    const y = held.map(({ final }) => final.mean);
    const z = held.map(({ point }) => point.z);
    const [intercept, slope] = lineThrough(z, y);
    const rest = y.map((value, i) => value - intercept - slope * (z[i] ?? 0));
    const variance = mean(rest.map((value) => value * value)) - mean(rest) ** 2;
    const amplitude = Math.min(MOST_AMPLITUDE ** 2, Math.max(LEAST_AMPLITUDE ** 2, variance));
    const points = held.map(({ trial }) => this.place(trial.parameters));
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
        mean:
          intercept + slope * this.expect(parameters).quality + v.reduce((sum, value, i) => sum + value * beta[i]!, 0),
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
    const { space } = this.options;
    return this.distance.place(
      space.contains(parameters) ? space.encode(parameters) : new Float64Array(space.dimensions).fill(NaN),
    );
  }

  private kernel(a: Float64Array, b: Float64Array): number {
    let q = 0;
    for (let d = 0; d < a.length; d++) q += this.distance.part(d, a[d]!, b[d]!);
    return Math.exp(-this.exponent * q);
  }

  private expect(parameters: Parameters): Expectation {
    let known = this.expectations.get(parameters);
    if (known === undefined) this.expectations.set(parameters, (known = this.options.expect(parameters)));
    return known;
  }
}

/** What an outlook follows from grows, so its sizes tell two moments of a history apart. */
function keyOf({ trials }: History): string {
  let [reports, failed] = [0, 0];
  for (const trial of trials) {
    reports += trial.reports.length;
    if (trial.state === 'failed') failed++;
  }
  return `${trials.length} ${reports} ${failed}`;
}

/** The best value; of equals the one that has gone furthest, then the earliest. */
function leaderOf(begun: readonly Begun[]): Begun | undefined {
  return begun.reduce<Begun | undefined>((leader, one) => {
    if (leader === undefined || one.point.value > leader.point.value) return one;
    return one.point.value === leader.point.value && one.epoch > leader.epoch ? one : leader;
  }, undefined);
}

function worthOf({ mean, deviation }: Forecast, best: number, seconds: number, epoch: number): Worth {
  const spread = Math.max(deviation, 1e-6);
  const logImprovement = Math.log(spread) + logExpectedPositivePart((mean - best) / spread);
  return { rate: logImprovement - Math.log(seconds), improvement: Math.exp(logImprovement), epoch, expected: mean };
}

function highest(worths: readonly Worth[]): Worth {
  return worths.reduce((first, other) => (other.rate > first.rate ? other : first));
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
