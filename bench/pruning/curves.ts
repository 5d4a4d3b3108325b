// Recorded learning curves, and random draws of them.
import { readFileSync } from 'node:fs';
import type { RandomStream } from '../../src/math/random.js';

/** One run that was trained in full. */
export interface Curve {
  /** Validation accuracy in percent, one per epoch. */
  readonly accuracy: readonly number[];
  /** Mean seconds of an epoch. */
  readonly seconds: number;
}

export interface DataSet {
  readonly name: string;
  readonly epochs: number;
  readonly curves: readonly Curve[];
}

interface CurvesFile {
  readonly datasets: Readonly<
    Record<string, readonly { readonly accuracy: readonly number[]; readonly cost: readonly number[] }[]>
  >;
}

/** The runs of each data set that reached its last epoch; others have no final score to compare with. */
export function readCurves(path: string): DataSet[] {
  const { datasets } = JSON.parse(readFileSync(path, 'utf8')) as CurvesFile;
  return Object.entries(datasets).map(([name, runs]) => {
    const epochs = Math.max(...runs.map((run) => run.accuracy.length));
    const full = runs.filter((run) => run.accuracy.length === epochs && run.accuracy.every(Number.isFinite));
    const curves = full.map(({ accuracy, cost }) => ({
      accuracy,
      seconds: cost.reduce((sum, seconds) => sum + seconds, 0) / Math.max(1, cost.length) || 1,
    }));
    return { name, epochs, curves };
  });
}

/** The same runs as if they had ended after so many epochs. */
export function shortened(set: DataSet, epochs: number): DataSet {
  const curves = set.curves.map((curve) => ({ ...curve, accuracy: curve.accuracy.slice(0, epochs) }));
  return { ...set, epochs: Math.min(epochs, set.epochs), curves };
}

/** So many different runs in random order, or all where there are fewer. */
export function draw(set: DataSet, size: number, random: RandomStream): Curve[] {
  const order = random.permutation(set.curves.length);
  return [...order.slice(0, size)].map((i) => set.curves[i] as Curve);
}
