// Student's t, against values of R and SciPy.
import { expect, it } from 'vitest';
import { studentCdf, studentQuantile } from '../../src/math/student-t.js';

it.each([
  [2, 10, 0.9633059826146299],
  [-1.5, 3, 0.11529193262241147],
  [0, 4, 0.5],
  [1, 1, 0.75],
])('P(T ≤ %d) with %d degrees of freedom', (t, freedom, expected) => {
  expect(studentCdf(t, freedom)).toBeCloseTo(expected, 12);
});

it.each([
  [0.975, 4, 2.7764451051977934],
  [0.975, 1, 12.706204736174694],
  [0.8, 1, 1.3763819204711738],
  [0.025, 4, -2.7764451051977934],
  [0.975, 1e6, 1.959966356814107],
])('the quantile of %d with %d degrees of freedom', (share, freedom, expected) => {
  expect(studentQuantile(share, freedom) / expected).toBeCloseTo(1, 9);
});

it('a quantile is the inverse of the distribution', () => {
  for (const freedom of [1, 2, 3.5, 8, 40]) {
    for (const share of [0.01, 0.3, 0.6, 0.999])
      expect(studentCdf(studentQuantile(share, freedom), freedom)).toBeCloseTo(share, 10);
  }
});
