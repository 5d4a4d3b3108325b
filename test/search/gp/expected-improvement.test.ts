// Log expected improvement: its value, its gradient, and what it makes of pending trials.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { normalCdf, normalDensity } from '../../../src/math/normal.js';
import { ExpectedImprovement } from '../../../src/search/gp/expected-improvement.js';
import { GaussianProcess } from '../../../src/search/gp/gaussian-process.js';
import { expectedHyperparameters, fromLogarithms } from '../../../src/search/gp/hyperparameters.js';
import { differences, mixedDistance, mixedPoint, mixedTraining } from './mixed-training.js';

const NUMBERS = [0, 2, 3];

function improvement(
  pending: readonly Float64Array[],
  best = 0.1,
): { criterion: ExpectedImprovement; process: GaussianProcess } {
  const hyperparameters = fromLogarithms(expectedHyperparameters(4));
  const process = GaussianProcess.of(
    mixedDistance,
    hyperparameters,
    mixedTraining(15),
    pending.length,
  ) as GaussianProcess;
  for (const point of pending) process.addPending(point);
  return { criterion: new ExpectedImprovement(process, pending, best, RandomStream.of('outcomes')), process };
}

describe('ExpectedImprovement', () => {
  it('is the logarithm of the textbook formula', () => {
    const { criterion, process } = improvement([]);
    const points = Array.from({ length: 7 }, (_, i) => mixedPoint('probe', i));
    criterion.values(points).forEach((value, i) => {
      const { mean, variance } = process.predict(points[i] as Float64Array);
      const deviation = Math.sqrt(variance);
      const z = (0.1 - mean) / deviation;
      expect(Math.exp(value)).toBeCloseTo(deviation * (normalDensity(z) + z * normalCdf(z)), 10);
    });
  });

  it.each([0, 1, 3])('its gradient agrees with differences, %d trials pending', (count) => {
    const pending = Array.from({ length: count }, (_, i) => mixedPoint('pending', i));
    const { criterion } = improvement(pending);
    for (let trial = 0; trial < 6; trial++) {
      const x = mixedPoint('probe', trial);
      const gradient = new Float64Array(4);
      const value = criterion.valueWithGradient(x, gradient);
      expect(value).toBeCloseTo(criterion.values([x])[0] as number, 10);
      const expected = differences((at) => criterion.values([at])[0] as number, x, NUMBERS);
      NUMBERS.forEach((d, i) => expect((gradient[d] as number) / (expected[i] as number)).toBeCloseTo(1, 4));
      expect(gradient[1]).toBe(0);
    }
  });

  it('is finite, with a finite gradient, however far out of reach the best value is', () => {
    const x = mixedPoint('probe');
    let before = Infinity;
    for (let decade = -10; decade <= 90; decade += 5) {
      const { criterion } = improvement([], -(10 ** decade));
      const gradient = new Float64Array(4);
      const value = criterion.valueWithGradient(x, gradient);
      expect(Number.isFinite(value) && value < before).toBe(true);
      expect(gradient.every(Number.isFinite)).toBe(true);
      before = value;
    }
  });

  it('expects less where a trial is under way, and about as much far from it', () => {
    const pending = mixedPoint('pending', 0);
    const far = mixedPoint('probe', 3);
    const [nearBefore = 0, farBefore = 0] = improvement([]).criterion.values([pending, far]);
    const [nearAfter = 0, farAfter = 0] = improvement([pending]).criterion.values([pending, far]);
    expect(nearAfter).toBeLessThan(nearBefore - 0.5);
    expect(Math.abs(farAfter - farBefore)).toBeLessThan(0.5);
  });

  it('follows from its stream', () => {
    const pending = [mixedPoint('pending', 0)];
    const x = mixedPoint('probe');
    expect(improvement(pending).criterion.values([x])).toEqual(improvement(pending).criterion.values([x]));
  });
});
