// Finding the hyperparameters: the maximum of their posterior, from few observations to all.
import { minimizeInBox } from '../../math/box-minimizer.js';
import { Evidence, type TrainingSet } from './evidence.js';
import { type LogHyperparameters, expectedHyperparameters, hyperparameterBounds } from './hyperparameters.js';
import type { Distance } from './kernel.js';

const FEWEST = 8;
const GROWTH = 1.5;
const EARLY_SEARCH = { evaluations: 20, tolerance: 1e-4 };
const LAST_SEARCH = { evaluations: 40, tolerance: 1e-5 };

/**
 * θ at a maximum of p(θ | X, y). Each search starts where the one on two thirds of the observations ended, the first where
 * nothing is known. So every search is a short one, most of them on small matrices, and the answer follows from the training set
 * alone: a warm start that needs no memory. Undefined where the posterior is finite nowhere near.
 */
export function fitHyperparameters(distance: Distance, training: TrainingSet): LogHyperparameters | undefined {
  const { lower, upper } = hyperparameterBounds(distance.dimensions);
  let theta = expectedHyperparameters(distance.dimensions);
  for (const size of sizes(training.points.length)) {
    const last = size === training.points.length;
    const evidence = new Evidence(distance, last ? training : firstOf(training, size));
    const search = (x: Float64Array, gradient: Float64Array) => evidence.negativeLogPosterior(x, gradient);
    const found = minimizeInBox(search, theta, lower, upper, last ? LAST_SEARCH : EARLY_SEARCH);
    if (!Number.isFinite(found.value)) return undefined;
    theta = found.x;
  }
  return theta;
}

function sizes(all: number): number[] {
  const sizes = [all];
  for (let size = Math.floor(all / GROWTH); size >= FEWEST; size = Math.floor(size / GROWTH)) sizes.unshift(size);
  return sizes;
}

function firstOf({ points, values, extraNoise }: TrainingSet, size: number): TrainingSet {
  return { points: points.slice(0, size), values: values.slice(0, size), extraNoise: extraNoise.slice(0, size) };
}
