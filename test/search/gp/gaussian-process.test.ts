// The posterior, against its formula, and what pending trials do to it.
import { Matrix, inverse } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { GaussianProcess } from '../../../src/search/gp/gaussian-process.js';
import { expectedHyperparameters, fromLogarithms } from '../../../src/search/gp/hyperparameters.js';
import { mixedDistance, mixedPoint, mixedTraining } from './mixed-training.js';

const hyperparameters = fromLogarithms(expectedHyperparameters(4));
const set = mixedTraining(12);
const process = (): GaussianProcess => GaussianProcess.of(mixedDistance, hyperparameters, set, 4) as GaussianProcess;

/** k(x, x') of any two points, by a process of one observation. */
function covariance(a: Float64Array, b: Float64Array): number {
  const alone = { points: [a], values: Float64Array.of(0), extraNoise: Float64Array.of(0) };
  const k = new Float64Array(1);
  (GaussianProcess.of(mixedDistance, hyperparameters, alone) as GaussianProcess).cross(b, k);
  return k[0] as number;
}

describe('GaussianProcess', () => {
  it('has the mean and variance of the textbook', () => {
    const K = new Matrix(
      set.points.map((a, i) =>
        set.points.map(
          (b, j) => covariance(a, b) + (i === j ? hyperparameters.noise + (set.extraNoise[i] as number) : 0),
        ),
      ),
    );
    const precision = inverse(K);
    for (let trial = 0; trial < 5; trial++) {
      const x = mixedPoint('probe', trial);
      const k = Matrix.columnVector(set.points.map((point) => covariance(point, x)));
      const mean = k
        .transpose()
        .mmul(precision)
        .mmul(Matrix.columnVector([...set.values]))
        .get(0, 0);
      const variance = covariance(x, x) - k.transpose().mmul(precision).mmul(k).get(0, 0);
      const found = process().predict(x);
      expect(found.mean).toBeCloseTo(mean, 8);
      expect(found.variance).toBeCloseTo(variance, 8);
      expect(process().means([x])[0]).toBeCloseTo(mean, 8);
    }
  });

  it('imagining an outcome of pending trials gives what observing it would', () => {
    const pending = [mixedPoint('pending', 0), mixedPoint('pending', 1)];
    const withPending = process();
    for (const point of pending) expect(withPending.addPending(point)).toBe(true);
    const z = [0.7, -1.3];
    // L⁻¹·(y, y⁺) = (β, z), read backwards for y⁺.
    const x = mixedPoint('probe');
    const v = new Float64Array(withPending.count);
    withPending.solve(x, v);
    const imagined =
      withPending.meanOf(v, x) + z.reduce((sum, zp, p) => sum + zp * (v[withPending.observed + p] as number), 0);
    const outcomes = outcomesOf(pending, z);
    const observed = GaussianProcess.of(mixedDistance, hyperparameters, {
      points: [...set.points, ...pending],
      values: Float64Array.of(...set.values, ...outcomes),
      extraNoise: Float64Array.of(...set.extraNoise, 0, 0),
    }) as GaussianProcess;
    expect(imagined).toBeCloseTo(observed.predict(x).mean, 8);
    expect(withPending.predict(x).variance).toBeCloseTo(observed.predict(x).variance, 10);
  });

  it('is surer near a pending trial, and nowhere less sure', () => {
    const pending = mixedPoint('pending', 0);
    const before = process();
    const after = process();
    after.addPending(pending);
    expect(after.predict(pending).variance).toBeLessThan(0.1 * before.predict(pending).variance);
    for (let trial = 0; trial < 20; trial++) {
      const x = mixedPoint('probe', trial);
      expect(after.predict(x).variance).toBeLessThanOrEqual(before.predict(x).variance + 1e-12);
    }
  });

  it('observations that leave much open move it little', () => {
    const doubted = GaussianProcess.of(mixedDistance, hyperparameters, {
      ...set,
      extraNoise: new Float64Array(12).fill(100),
    });
    const x = set.points[1] as Float64Array;
    expect(doubted?.predict(x).variance).toBeGreaterThan(0.5 * process().priorVariance);
  });
});

/** The outcomes of pending trials that stand for z: each one's mean given those before plus z of its deviations. */
function outcomesOf(pending: readonly Float64Array[], z: readonly number[]): number[] {
  const outcomes: number[] = [];
  pending.forEach((point, p) => {
    const given = GaussianProcess.of(mixedDistance, hyperparameters, {
      points: [...set.points, ...pending.slice(0, p)],
      values: Float64Array.of(...set.values, ...outcomes),
      extraNoise: Float64Array.of(...set.extraNoise, ...outcomes.map(() => 0)),
    }) as GaussianProcess;
    const { mean, variance } = given.predict(point);
    outcomes.push(mean + (z[p] as number) * Math.sqrt(variance + hyperparameters.noise));
  });
  return outcomes;
}
