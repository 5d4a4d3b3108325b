// How much of the differences between trials each parameter is responsible for.
import { RandomStream } from '../math/random.js';
import { SobolSequence } from '../math/sobol.js';
import type { StudyModel } from './study-model.js';

export interface Importance {
  readonly name: string;
  /** This parameter's share of all parameters' total effects: 0 … 1, adding up to 1 (or all 0 where nothing has an effect). */
  readonly share: number;
  /** The share of the variance over the space that it explains on its own, without interactions: 0 … 1. */
  readonly alone: number;
}

/** Pairs of points that the variance is estimated from. */
const SAMPLES = 512;

/**
 * Functional analysis of variance of the model's mean over the space (F. Hutter et al. 2014), as Sobol indices: total effects and
 * first-order effects by M. Jansen's estimators (1999), on a fixed quasi-random sample. The variance is that of warped
 * values, so it is not the collapsed trials that decide. By falling share. A conditional parameter counts where it is active.
 */
export function importance({ space, surrogate }: StudyModel): Importance[] {
  const { process } = surrogate;
  const { dimensions } = space;
  const sequence = new SobolSequence(2 * dimensions, RandomStream.of('importance'));
  const pairs = Array.from({ length: SAMPLES }, (_, i) => sequence.point(i));
  const meansOf = (units: readonly Float64Array[]) =>
    process.means(units.map((unit) => process.distance.place(space.settle(unit))));
  const first = pairs.map((pair) => pair.slice(0, dimensions));
  const second = pairs.map((pair) => pair.slice(dimensions));
  const atFirst = meansOf(first);
  const atSecond = meansOf(second);
  const variance = varianceOf(atFirst, atSecond);
  const effects = space.names.map((name, d) => {
    // The first points with this one coordinate taken from the second.
    const mixed = meansOf(first.map((unit, i) => unit.with(d, second[i]?.[d] ?? 0)));
    return {
      name,
      total: variance > 0 ? halfSquare(atFirst, mixed) / variance : 0,
      alone: variance > 0 ? Math.min(1, Math.max(0, 1 - halfSquare(atSecond, mixed) / variance)) : 0,
    };
  });
  const all = effects.reduce((sum, { total }) => sum + total, 0);
  return effects
    .map(({ name, total, alone }) => ({ name, share: all > 0 ? total / all : 0, alone }))
    .sort((a, b) => b.share - a.share);
}

function halfSquare(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, ai, i) => sum + (ai - b[i]!) ** 2, 0) / (2 * a.length);
}

/** Of both samples together; 0 where it is only rounding. */
function varianceOf(...samples: readonly Float64Array[]): number {
  const all = samples.flatMap((sample) => [...sample]);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
  return variance > 1e-12 ? variance : 0;
}
