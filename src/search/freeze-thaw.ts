// Which trial is worth the next seconds: the paused ones and new ones by one criterion, from learning curves and the prior.
//
// Swersky, Snoek and Adams 2014, 'Freeze-thaw Bayesian optimization', for the idea: a model of curves decides what to continue and what to
// begin. The criterion is the expected improvement per second (Snoek, Larochelle and Adams 2012), at the later epoch where it is highest.
import { logExpectedPositivePart } from '../math/normal.js';
import type { History } from '../study/history.js';
import { type Objective, valueOf } from '../study/objective.js';
import type { Parameters } from '../study/parameters.js';
import type { SearchSpace } from '../study/space.js';
import { type Trial, isOfSearch } from '../study/trial.js';
import { FinalValues } from './final-values.js';
import type { Expectation } from './prior/fine-tuning-prior.js';
import { type CurvePoint, type Forecast, type LearningCurves, recordedEpoch } from './prior/learning-curves.js';
import { ValueScale } from './value-scale.js';

/** So many forecasts that came out as uncertain as the recorded ones stand for what is known before a study's own; of so many trials. */
const USUAL_FORECASTS = 8;
const MOST_JUDGED = 64;
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

/** What trials are compared with. */
interface Rival {
  readonly leader: Begun;
  /** The leader's value at an epoch, as far as it has come, and as it probably goes on. */
  readonly ahead: (epoch: number) => number;
  readonly scale: ValueScale;
  /** Deviations of forecasts are multiplied by it. */
  readonly spread: number;
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
  private readonly finals: FinalValues;
  private latest:
    { readonly history: History; readonly key: string; readonly outlook: Outlook | undefined } | undefined;

  constructor(private readonly options: FreezeThawOptions) {
    this.finals = new FinalValues(options.space, (parameters) => this.expect(parameters).quality);
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
    const plain: Rival = { leader, ahead: this.courseOf(leader, scale), scale, spread: 1 };
    const rival: Rival = { ...plain, spread: this.spreadOf(begun, plain) };
    const { ahead } = rival;
    for (const one of begun) one.final = this.forecast(one, this.lastEpoch(one.trial.parameters), rival);
    const predict = this.finals.given(begun.map(({ trial: { parameters }, final }) => ({ parameters, final })));
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
            return worthOf(this.forecast(one, stop, rival), best, (stop - one.epoch) * seconds, stop);
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

  /**
   * How far this study's trials miss what was foretold of them a stop before, in deviations of the forecasts: the root mean square, drawn to 1. Some data
   * sets move trials less than those that the curves were learned from, and there a paused trial is worth less than the curves say.
   */
  private spreadOf(begun: readonly Begun[], rival: Rival): number {
    const { stops } = this.options;
    const { leader, scale } = rival;
    let [squares, count] = [USUAL_FORECASTS, USUAL_FORECASTS];
    for (const one of begun.slice(-MOST_JUDGED)) {
      const last = Math.min(one.epoch, leader.epoch);
      for (const [i, to] of stops.entries()) {
        const from = stops[i - 1];
        if (from === undefined) continue;
        if (to > last) break;
        const then = this.valueBy(one.trial, to, scale);
        const before = this.valueBy(one.trial, from, scale);
        if (then === undefined || before === undefined) continue;
        const point = this.pointOf(one.trial, from, before, scale);
        const { mean, deviation } = this.forecastFrom(point, from, to, rival, one === leader);
        squares += ((then - mean) / deviation) ** 2;
        count++;
      }
    }
    return Math.sqrt(squares / count);
  }

  private forecast(one: Begun, epoch: number, rival: Rival): Forecast {
    const { leader, spread } = rival;
    if (epoch <= one.epoch) return { mean: one.point.value, deviation: 0 };
    const isAhead = one === leader || one.epoch > leader.epoch;
    const { mean, deviation } = this.forecastFrom(one.point, one.epoch, epoch, rival, isAhead);
    return { mean, deviation: spread * deviation };
  }

  private forecastFrom(point: CurvePoint, from: number, to: number, rival: Rival, isAlone: boolean): Forecast {
    const { curves } = this.options;
    if (isAlone) return curves.alone(point, this.recorded(from), this.recorded(to));
    const { leader, ahead, scale } = rival;
    const there = this.pointOf(leader.trial, from, ahead(from), scale);
    return curves.beside(point, there, ahead(to), this.recorded(from), this.recorded(to));
  }

  private alone({ point, epoch: from }: Begun, to: number): Forecast {
    return this.options.curves.alone(point, this.recorded(from), this.recorded(to));
  }

  private recorded(epoch: number): number {
    return recordedEpoch(epoch, this.options.epochs);
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
