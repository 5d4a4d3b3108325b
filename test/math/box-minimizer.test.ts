// Minimising in a box.
import { describe, expect, it } from 'vitest';
import { type Differentiable, minimizeInBox } from '../../src/math/box-minimizer.js';

const options = { evaluations: 400, tolerance: 1e-15 };

const rosenbrock: Differentiable = (x, gradient) => {
  const [a = 0, b = 0] = x;
  gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a);
  gradient[1] = 200 * (b - a * a);
  return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
};

describe('minimizeInBox', () => {
  it('finds the bottom of a curved valley', () => {
    const { x, evaluations } = minimizeInBox(
      rosenbrock,
      Float64Array.of(-1.2, 1),
      Float64Array.of(-5, -5),
      Float64Array.of(5, 5),
      options,
    );
    expect(x[0]).toBeCloseTo(1, 5);
    expect(x[1]).toBeCloseTo(1, 5);
    expect(evaluations).toBeLessThan(100);
  });

  it('stops at a bound that the valley leads through', () => {
    const { x } = minimizeInBox(
      rosenbrock,
      Float64Array.of(-1.2, 1),
      Float64Array.of(-5, -5),
      Float64Array.of(0.5, 5),
      options,
    );
    expect(x[0]).toBe(0.5);
    expect(x[1]).toBeCloseTo(0.25, 6);
  });

  it('moves a start that lies outside into the box', () => {
    const { x } = minimizeInBox(
      rosenbrock,
      Float64Array.of(9, -9),
      Float64Array.of(-2, -2),
      Float64Array.of(2, 2),
      options,
    );
    expect(x[0]).toBeCloseTo(1, 4);
  });

  it('steps back from where the function is not finite', () => {
    const logarithm: Differentiable = (x, gradient) => {
      const [a = 0] = x;
      gradient[0] = 1 - 0.1 / a;
      return a > 0 ? a - 0.1 * Math.log(a) : NaN;
    };
    const { x } = minimizeInBox(logarithm, Float64Array.of(5), Float64Array.of(-10), Float64Array.of(10), options);
    expect(x[0]).toBeCloseTo(0.1, 6);
  });

  it('gives the start back where nothing is finite, and where the box is one point', () => {
    const start = Float64Array.of(1);
    expect(minimizeInBox(() => NaN, start, Float64Array.of(0), Float64Array.of(2), options).x).toEqual(start);
    expect(
      minimizeInBox(rosenbrock, Float64Array.of(3, 3), Float64Array.of(2, 2), Float64Array.of(2, 2), options).x,
    ).toEqual(Float64Array.of(2, 2));
  });

  it('keeps to its evaluations and never returns worse than the start', () => {
    const { evaluations, value } = minimizeInBox(
      rosenbrock,
      Float64Array.of(-1.2, 1),
      Float64Array.of(-5, -5),
      Float64Array.of(5, 5),
      {
        evaluations: 7,
        tolerance: 0,
      },
    );
    expect(evaluations).toBeLessThanOrEqual(7);
    expect(value).toBeLessThanOrEqual(24.2);
  });
});
