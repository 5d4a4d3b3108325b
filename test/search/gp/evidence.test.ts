// The log posterior of the hyperparameters, its gradient, and the fit.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { Evidence } from '../../../src/search/gp/evidence.js';
import { fitHyperparameters } from '../../../src/search/gp/fit.js';
import { expectedHyperparameters, fromLogarithms } from '../../../src/search/gp/hyperparameters.js';
import { Distance } from '../../../src/search/gp/kernel.js';
import { SearchSpace } from '../../../src/study/space.js';
import { differences, mixedDistance, mixedTraining } from './mixed-training.js';

/** Values of a function of the first coordinate alone, with noise. */
function training(count: number, noise: number) {
  const random = RandomStream.of('line');
  const points = Array.from({ length: count }, () => Float64Array.from({ length: 3 }, () => random.next()));
  const values = Float64Array.from(
    points,
    (point) => 1.5 * Math.sin(6 * (point[0] as number)) + noise * random.normal(),
  );
  return { points, values, extraNoise: new Float64Array(count) };
}
const cube = new Distance(
  new SearchSpace(
    Object.fromEntries([0, 1, 2].map((i) => [`x${i}`, { type: 'float', min: 0, max: 1, scale: 'linear' }])),
  ),
);

describe('Evidence', () => {
  it('its gradient agrees with differences, names and inactive parameters included', () => {
    const evidence = new Evidence(mixedDistance, mixedTraining(17));
    const unused = new Float64Array(6);
    for (let trial = 0; trial < 5; trial++) {
      const random = RandomStream.of('theta', trial);
      const theta = expectedHyperparameters(4).map((t) => t + random.normal());
      const gradient = new Float64Array(6);
      evidence.negativeLogPosterior(theta, gradient);
      const expected = differences((t) => evidence.negativeLogPosterior(t, unused), theta, [0, 1, 2, 3, 4, 5], 1e-5);
      gradient.forEach((g, i) => expect(g).toBeCloseTo(expected[i] as number, 4));
    }
  });

  it('is infinite, not an error, where the covariance is not a number', () => {
    const evidence = new Evidence(cube, { ...training(5, 0), extraNoise: new Float64Array(5).fill(NaN) });
    expect(evidence.negativeLogPosterior(expectedHyperparameters(3), new Float64Array(5))).toBe(Infinity);
  });
});

describe('fitHyperparameters', () => {
  it('finds which coordinate matters', () => {
    const { weights } = fromLogarithms(fitHyperparameters(cube, training(40, 0.05)) as Float64Array);
    expect(weights[0] as number).toBeGreaterThan(10 * Math.max(weights[1] as number, weights[2] as number));
  });

  it('learns the noise within a factor of two', () => {
    const { noise } = fromLogarithms(fitHyperparameters(cube, training(80, 0.3)) as Float64Array);
    expect(Math.sqrt(noise)).toBeGreaterThan(0.15);
    expect(Math.sqrt(noise)).toBeLessThan(0.6);
  });

  it('ends no lower than a search from nowhere on all observations', () => {
    const set = training(50, 0.1);
    const evidence = new Evidence(cube, set);
    const gradient = new Float64Array(5);
    const found = evidence.negativeLogPosterior(fitHyperparameters(cube, set) as Float64Array, gradient);
    expect(Math.hypot(...gradient)).toBeLessThan(0.5);
    expect(found).toBeLessThan(evidence.negativeLogPosterior(expectedHyperparameters(3), gradient));
  });

  it('says so where nothing can be fitted', () => {
    expect(fitHyperparameters(cube, { ...training(5, 0), values: new Float64Array(5).fill(NaN) })).toBeUndefined();
  });
});
