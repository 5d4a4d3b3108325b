// How learning curves of fine-tuning go on, with uncertainty: alone, and beside the study's leader.
//
// | symbol | meaning                                                              |
// |--------|----------------------------------------------------------------------|
// | y(e)   | the best value up to epoch e, a share such as accuracy               |
// | z      | what the prior says of the configuration, in standard deviations     |
// | e, h   | an epoch that was reached, a later one; epochs of a run of RECORDED  |
// | L      | log(h / e) / log RECORDED: how far ahead                             |
// | t      | log(e) / log RECORDED: how far along                                 |
//
// A change from e to h is Σ (L·a + L²·b + L·t·c)·feature. The weights are fitted by scripts/fit-prior.ts. The gap between two trials at
// the same epoch is easier to foretell than either curve: data sets differ in how fast anything is learned on them.

/** Epochs of the recorded runs. */
export const RECORDED = 50;

export interface CurveCoefficients {
  /** Of a curve alone: three weights for each of `gainFeatures`. */
  readonly gain: readonly number[];
  readonly gainDeviation: readonly number[];
  /** Of the gap to the leader: three weights for each of `gapFeatures`. */
  readonly gap: readonly number[];
  readonly gapDeviation: readonly number[];
  /** Of the gap of a trial that was not trained at all, by its gap in the end: two weights for each of `newFeatures`. */
  readonly fresh: readonly number[];
  readonly freshDeviation: readonly number[];
}

/** Where a trial is: its best value now, that of half as many epochs, and what the prior says of it. */
export interface CurvePoint {
  readonly value: number;
  readonly half: number;
  readonly z: number;
}

export interface Forecast {
  readonly mean: number;
  readonly deviation: number;
}

const log = (epoch: number): number => Math.log(epoch) / Math.log(RECORDED);

export function gainFeatures({ value, half, z }: CurvePoint): number[] {
  return [1, value, value * value, value - half, z / 3, (z * value) / 3];
}

/** @param ahead the leader's value at the later epoch. */
export function gapFeatures(own: CurvePoint, leader: CurvePoint, ahead: number): number[] {
  const gap = own.value - leader.value;
  const z = (own.z - leader.z) / 3;
  const [rise, climb] = [own.value - own.half, ahead - leader.value];
  return [
    1,
    gap,
    rise - (leader.value - leader.half),
    z,
    leader.value,
    climb,
    gap * climb,
    gap * leader.value,
    z * leader.value,
    rise,
  ];
}

/** @param gap the final value's distance from the leader's. @param leader the leader's value at the epoch. */
export function freshFeatures(gap: number, z: number, leader: number): number[] {
  return [1, gap, z / 3, leader];
}

/** A change from epoch `from` to `to` is the product of this with the weights; shape [3 · features]. */
export function changeBasis(features: readonly number[], from: number, to: number): number[] {
  const ahead = log(to / from);
  const along = log(from);
  return [
    ...features.map((x) => x * ahead),
    ...features.map((x) => x * ahead * ahead),
    ...features.map((x) => x * ahead * along),
  ];
}

/** Shape [2 · features]. */
export function freshBasis(features: readonly number[], epoch: number): number[] {
  return [...features, ...features.map((x) => x * log(epoch))];
}

/** The logarithm of a forecast's standard deviation is the product of this with its weights. */
export function deviationBasis(mean: number, from: number, to: number): number[] {
  return [1, Math.log(log(to / from) + 0.02), log(from), mean, mean * mean];
}

/** Forecasts in epochs of the recorded runs; see `recordedEpoch`. */
export class LearningCurves {
  constructor(private readonly coefficients: CurveCoefficients) {}

  /** y(h) of a trial by itself. Never below y(e). */
  alone(own: CurvePoint, from: number, to: number): Forecast {
    const { gain, gainDeviation } = this.coefficients;
    const change = product(gain, changeBasis(gainFeatures(own), from, to));
    const rise = Math.max(0, Math.min(change, 1 - own.value));
    return { mean: own.value + rise, deviation: Math.exp(product(gainDeviation, deviationBasis(rise, from, to))) };
  }

  /** y(h) of a trial by its gap to the leader, which has, or probably will have, the value `ahead` then. Never below y(e). */
  beside(own: CurvePoint, leader: CurvePoint, ahead: number, from: number, to: number): Forecast {
    const { gap, gapDeviation } = this.coefficients;
    const change = product(gap, changeBasis(gapFeatures(own, leader, ahead), from, to));
    const now = own.value - leader.value;
    const deviation = Math.exp(product(gapDeviation, deviationBasis(bounded(now + change), from, to)));
    // Where a leader rises more than any recorded one did, the weights let an equal trial fall far behind: what is not behind now is not
    // foretold to be so beyond what is uncertain anyway.
    const then = now >= 0 ? Math.max(now + change, -deviation) : now + change;
    return { mean: Math.max(own.value, ahead + then), deviation };
  }

  /** y(h) of a trial that was not trained, by how far from the leader it will probably be in the end. */
  fresh(gap: Forecast, z: number, ahead: number, to: number): Forecast {
    const { fresh, freshDeviation } = this.coefficients;
    const mean = ahead + product(fresh, freshBasis(freshFeatures(gap.mean, z, ahead), to));
    const share = product(fresh, freshBasis([0, 1, 0, 0], to));
    return { mean, deviation: Math.hypot(gap.deviation * share, Math.exp(product(freshDeviation, [1, log(to)]))) };
  }
}

/**
 * An epoch of a study in epochs of the recorded runs. Half of the difference in length is put down to faster schedules, half to
 * less training: the geometric mean of e and e · RECORDED / epochs.
 */
export function recordedEpoch(epoch: number, epochs: number): number {
  return epoch * Math.sqrt(RECORDED / epochs);
}

/** Gaps for which the deviation was fitted. */
function bounded(gap: number): number {
  return Math.max(-1, Math.min(0.2, gap));
}

function product(weights: readonly number[], basis: readonly number[]): number {
  return basis.reduce((sum, x, i) => sum + x * (weights[i] ?? 0), 0);
}
