// What a pruner saves and what it costs, over many draws.
import { RandomStream } from '../../src/math/random.js';
import { createPruner } from '../../src/search/pruners/create-pruner.js';
import type { PrunerOptions } from '../../src/study/pruner-options.js';
import { type Curve, type DataSet, draw } from './curves.js';
import { ACCURACY, replay } from './replay.js';

/** One draw. Regrets in points of accuracy. */
export interface Outcome {
  /** Share of all epochs that was trained. */
  readonly spent: number;
  /** Best epoch of all draws in full, minus best epoch of the trial that the study calls its best. */
  readonly regret: number;
  /** The same by the last epoch rather than the best, of the best trial that reached it. */
  readonly finalRegret: number;
}

export interface Policy {
  readonly name: string;
  /** A pruner, or so many of the trials in full and none of the others. */
  readonly options: PrunerOptions | number;
}

/** The configurations a draw. */
export const SIZE = 64;

export function measure(sets: readonly DataSet[], policy: Policy, draws: number, workers: number): Outcome[] {
  return sets.flatMap((set) =>
    Array.from({ length: draws }, (_, i) => {
      const curves = draw(set, SIZE, RandomStream.of('draw', set.name, i));
      return run(set.epochs, curves, policy, workers, i);
    }),
  );
}

function run(epochs: number, curves: readonly Curve[], { options }: Policy, workers: number, seed: number): Outcome {
  const fixed = typeof options === 'number';
  const pruner = createPruner(fixed ? { type: 'none' } : options, ACCURACY, { epochs, seed, trials: curves.length });
  const { history, spent } = replay(fixed ? curves.slice(0, options) : curves, pruner, workers);
  const finished = history.trials.filter((trial) => trial.reports.length === epochs);
  const last = finished.reduce<number>((best, { number, best: own }) => {
    const known = history.trials[best]?.best?.value;
    return own !== undefined && (known === undefined || best < 0 || own.value > known) ? number : best;
  }, -1);
  return {
    spent: spent.reduce((sum, count) => sum + count, 0) / (curves.length * epochs),
    regret: top(curves, ({ accuracy }) => Math.max(...accuracy)) - (history.best?.best?.value ?? 0),
    finalRegret: top(curves, (curve) => curve.accuracy.at(-1) ?? 0) - (curves[last]?.accuracy.at(-1) ?? 0),
  };
}

function top(curves: readonly Curve[], score: (curve: Curve) => number): number {
  return Math.max(...curves.map(score));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Linearly interpolated. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return low + (high - low) * (place - Math.floor(place));
}
