// The growing Cholesky factor, against ml-matrix and against itself.
import fc from 'fast-check';
import { CholeskyDecomposition, Matrix, inverse } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { CholeskyFactor } from '../../src/math/cholesky.js';
import { RandomStream } from '../../src/math/random.js';

/** B·Bᵀ + I/10 of a random square B, as its lower triangle row by row and as a matrix. */
function positiveDefinite(size: number, seed: number): { lower: Float64Array; matrix: Matrix } {
  const random = RandomStream.of(seed);
  const b = new Matrix(Array.from({ length: size }, () => Array.from({ length: size }, () => random.normal())));
  const matrix = b.mmul(b.transpose()).add(Matrix.eye(size).mul(0.1));
  const lower = Float64Array.from({ length: (size * (size + 1)) / 2 });
  for (let i = 0, at = 0; i < size; i++) for (let j = 0; j <= i; j++) lower[at++] = matrix.get(i, j);
  return { lower, matrix };
}

const rowOf = (lower: Float64Array, i: number): Float64Array => lower.slice((i * (i + 1)) / 2, ((i + 1) * (i + 2)) / 2);
const sizes = fc.integer({ min: 1, max: 23 });

describe('CholeskyFactor', () => {
  it('solves what ml-matrix solves', () => {
    fc.assert(
      fc.property(sizes, fc.integer(), (size, seed) => {
        const { lower, matrix } = positiveDefinite(size, seed);
        const factor = CholeskyFactor.of(lower, size) as CholeskyFactor;
        const b = Float64Array.from({ length: size }, (_, i) => Math.cos(i));
        const expected = new CholeskyDecomposition(matrix).solve(Matrix.columnVector([...b])).to1DArray();
        factor.solveLower(b);
        factor.solveUpper(b);
        b.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 6));
      }),
    );
  });

  it('inverts what ml-matrix inverts, and agrees on the determinant', () => {
    fc.assert(
      fc.property(sizes, fc.integer(), (size, seed) => {
        const { lower, matrix } = positiveDefinite(size, seed);
        const factor = CholeskyFactor.of(lower, size) as CholeskyFactor;
        const found = factor.inverse();
        const expected = inverse(matrix);
        for (let i = 0, at = 0; i < size; i++) {
          for (let j = 0; j <= i; j++) expect(found[at++]).toBeCloseTo(expected.get(i, j), 6);
        }
        const diagonal = new CholeskyDecomposition(matrix).lowerTriangularMatrix.diagonal();
        expect(factor.logDeterminant()).toBeCloseTo(2 * diagonal.reduce((sum, x) => sum + Math.log(x), 0), 8);
      }),
    );
  });

  it('appending row by row gives the same bits as factorising at once', () => {
    fc.assert(
      fc.property(sizes, fc.integer(), (size, seed) => {
        const { lower } = positiveDefinite(size, seed);
        const atOnce = CholeskyFactor.of(lower, size) as CholeskyFactor;
        const grown = new CholeskyFactor(2);
        for (let i = 0; i < size; i++) expect(grown.append(rowOf(lower, i))).toBe(true);
        const [a, b] = [new Float64Array(size).fill(1), new Float64Array(size).fill(1)];
        atOnce.solveLower(a);
        grown.solveLower(b);
        expect(b).toEqual(a);
      }),
    );
  });

  it('a pair is solved to the same bits as each alone', () => {
    const { lower } = positiveDefinite(13, 5);
    const factor = CholeskyFactor.of(lower, 13) as CholeskyFactor;
    const right = (scale: number) => Float64Array.from({ length: 13 }, (_, i) => Math.sin(i * scale));
    const [a, b, c, d] = [right(1), right(2), right(1), right(2)];
    factor.solveLowerPair(a, b);
    factor.solveLower(c);
    factor.solveLower(d);
    expect([a, b]).toEqual([c, d]);
  });

  it('truncating takes appended rows back', () => {
    const { lower } = positiveDefinite(9, 3);
    const factor = CholeskyFactor.of(lower, 9) as CholeskyFactor;
    const before = Float64Array.of(1, 2, 3, 4, 5, 6);
    (CholeskyFactor.of(lower, 6) as CholeskyFactor).solveLower(before);
    factor.truncate(6);
    const after = Float64Array.of(1, 2, 3, 4, 5, 6);
    factor.solveLower(after);
    expect(factor.size).toBe(6);
    expect(after).toEqual(before);
  });

  it('refuses what is not positive definite, and stays as it was', () => {
    const factor = CholeskyFactor.of(Float64Array.of(1, 0.5, 1), 2) as CholeskyFactor;
    expect(factor.append(Float64Array.of(1, 0.5, 1))).toBe(false);
    expect(factor.append(Float64Array.of(NaN, 0, 1))).toBe(false);
    expect(factor.size).toBe(2);
    expect(CholeskyFactor.of(Float64Array.of(1, 2, 1), 2)).toBeUndefined();
  });
});
