// The model of a study's losses: observations chosen, warped, fitted.
import { must } from '../../system/must.js';
import type { SearchSpace } from '../../study/space.js';
import { indicesAtRanks, ranksBetween } from '../at-ranks.js';
import type { Observation } from '../model-data.js';
import type { TrainingSet } from './evidence.js';
import { fitHyperparameters } from './fit.js';
import { GaussianProcess, type Trend } from './gaussian-process.js';
import { fromLogarithms } from './hyperparameters.js';
import { Distance } from './kernel.js';
import { LossWarp } from './warp.js';

/** Hyperparameters are fitted to at most so many observations, the function to at most so many: suggestions stay quick. */
const MOST_FITTED = 128;
const MOST_HELD = 500;

/** Fits the known part of the mean to warped values at points of the unit cube, NaN where inactive. */
export type TrendFit = (units: readonly Float64Array[], values: readonly number[], doubts: readonly number[]) => Trend;

export interface Surrogate {
  readonly process: GaussianProcess;
  readonly warp: LossWarp;
}

/**
 * The posterior given the observations (at least one), with memory for `room` pending points. Undefined where the fit fails. All
 * follows from the arguments.
 */
export function fitSurrogate(
  space: SearchSpace,
  observations: readonly Observation[],
  room = 0,
  trendOf?: TrendFit,
): Surrogate | undefined {
  const warp = new LossWarp(observations.map((observation) => observation.loss));
  const values = observations.map((observation) => warp.apply(observation.loss));
  const extraNoise = observations.map((observation) => observation.doubt);
  const points = observations.map((observation) => observation.unit);
  const trend = trendOf?.(points, values, extraNoise);
  const process = fitProcess(new Distance(space), points, values, extraNoise, room, MOST_HELD, trend);
  return process && { process, warp };
}

/**
 * A Gaussian process with fitted hyperparameters through values at points of the unit cube, NaN where inactive.
 * @param held the most values that the function is fitted to.
 */
export function fitProcess(
  distance: Distance,
  units: readonly Float64Array[],
  values: readonly number[],
  extraNoise: readonly number[],
  room: number,
  held = MOST_HELD,
  trend?: Trend,
): GaussianProcess | undefined {
  const subset = (most: number): TrainingSet => {
    const chosen = representatives(values, most);
    return {
      points: chosen.map((i) => distance.place(must(units[i], 'a point'))),
      values: Float64Array.from(chosen, (i) => values[i]!),
      extraNoise: Float64Array.from(chosen, (i) => extraNoise[i]!),
    };
  };
  const whole = subset(held);
  const fitted = held === MOST_FITTED ? whole : subset(MOST_FITTED);
  const rest = fitted.values.map((value, i) => value - (trend?.at(must(fitted.points[i], 'a point')) ?? 0));
  const theta = fitHyperparameters(distance, { ...fitted, values: rest });
  return theta && GaussianProcess.of(distance, fromLogarithms(theta), whole, room, trend);
}

/** At most `most` indices in order: half for the lowest values, half spread evenly over the others. */
export function representatives(values: readonly number[], most: number): number[] {
  if (values.length <= most) return ranksBetween(0, values.length);
  const lowest = Math.ceil(most / 2);
  const spread = most - lowest;
  const rest = values.length - lowest;
  const others = Array.from({ length: spread }, (_, k) => lowest + Math.floor(((k + 0.5) * rest) / spread));
  return indicesAtRanks(values, [...ranksBetween(0, lowest), ...others]).sort((a, b) => a - b);
}
