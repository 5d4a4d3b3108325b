// Normal distribution and expected improvement: against values of 60 digits, and over 100 decades.
import { describe, expect, it } from 'vitest';
import {
  logExpectedPositivePart,
  logExpectedPositivePartSlope,
  logNormalCdf,
  logNormalCdfSlope,
  normalCdf,
  normalQuantile,
} from '../../src/math/normal.js';

const relative = (found: number, expected: number): number =>
  Math.abs(found - expected) / Math.max(1e-300, Math.abs(expected));

describe('normalCdf', () => {
  it.each([
    [-37, 5.725571222524577e-300],
    [-10, 7.619853024160525e-24],
    [-3, 0.0013498980316300946],
    [-1, 0.15865525393145705],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.1, 0.539827837277029],
    [1, 0.8413447460685429],
    [3, 0.9986501019683699],
  ])('at %d', (z, expected) => {
    // Beyond |z| = 10 the exponent's own rounding, z²/2 · 1e-16, dominates.
    expect(relative(normalCdf(z), expected)).toBeLessThan(1e-15 * Math.max(3, z * z));
  });

  it('its logarithm continues where it underflows', () => {
    expect(logNormalCdf(-1e6)).toBeCloseTo(-500000000014.7345, 3);
    expect(logNormalCdf(9)).toBeCloseTo(-1.1285884059538405e-19, 30);
  });

  it('its quantile is its inverse', () => {
    for (const p of [1e-300, 1e-20, 0.001, 0.3, 0.5, 0.9, 1 - 1e-9])
      expect(relative(normalCdf(normalQuantile(p)), p)).toBeLessThan(1e-11);
  });
});

describe('logExpectedPositivePart', () => {
  it.each([
    [-1e6, -500000000028.55],
    [-1000, -500014.73445209116],
    [-100, -5010.12957880025],
    [-38.5, -749.3472742078229],
    [-10, -55.55312203612235],
    [-5, -16.74430116266099],
    [-2, -4.768783523917114],
    [-1, -2.4851210257126413],
    [-0.5, -1.6205162643873199],
    [0, -0.9189385332046728],
    [0.5, -0.3598276837450638],
    [1, 0.08002621884930694],
    [3, 1.0987396653277077],
    [10, 2.302585092994046],
  ])('at %d', (z, expected) => {
    expect(relative(logExpectedPositivePart(z), expected)).toBeLessThan(2e-14);
  });

  it('is finite and strictly increasing over 100 decades on either side', () => {
    let before = -Infinity;
    for (let decade = 100; decade >= 0; decade -= 0.125) {
      const value = logExpectedPositivePart(-(10 ** decade));
      expect(Number.isFinite(value) && value > before).toBe(true);
      before = value;
    }
    for (let decade = -12; decade <= 100; decade += 0.125) {
      const value = logExpectedPositivePart(10 ** decade);
      expect(Number.isFinite(value) && value > before).toBe(true);
      before = value;
    }
  });

  it('has a finite, positive, falling slope over 100 decades', () => {
    let before = Infinity;
    for (let decade = 100; decade >= 0; decade -= 0.125) {
      const slope = logExpectedPositivePartSlope(-(10 ** decade));
      expect(Number.isFinite(slope) && slope > 0 && slope < before).toBe(true);
      before = slope;
    }
  });

  it('slopes agree with differences', () => {
    for (const z of [-30, -8, -1.5, -0.01, 0.01, 0.8, 4]) {
      const step = 1e-5;
      const difference = (logExpectedPositivePart(z + step) - logExpectedPositivePart(z - step)) / (2 * step);
      expect(relative(logExpectedPositivePartSlope(z), difference)).toBeLessThan(1e-7);
      const cdfDifference = (logNormalCdf(z + step) - logNormalCdf(z - step)) / (2 * step);
      expect(Math.abs(logNormalCdfSlope(z) - cdfDifference)).toBeLessThan(1e-7 * Math.max(1, Math.abs(z)));
    }
  });
});
