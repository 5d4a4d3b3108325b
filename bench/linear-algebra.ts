// What the Gaussian process rests on: our growing Cholesky factor beside ml-matrix's, and the variance of a batch of candidates by
// typed arrays beside tfjs on wasm, which has no triangular solve and multiplies by the inverse instead, in 32-bit floats.
// Usage: npx tsx bench/linear-algebra.ts [n …]
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { CholeskyFactor } from '../src/math/cholesky.js';
import { median } from '../src/math/quantile.js';
import { RandomStream } from '../src/math/random.js';

const CANDIDATES = 1024;
const REPEATS = 5;
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [50, 100, 200, 400];

/** exp(−|x − x'|²) of random points in three dimensions, with a little noise; the covariance of candidates beside it. */
function covariances(n: number): { own: number[][]; cross: Float64Array[] } {
  const random = RandomStream.of('linear algebra', n);
  const draw = () => [random.next(), random.next(), random.next()];
  const points = Array.from({ length: n }, draw);
  const k = (a: number[], b: number[]) => Math.exp(-a.reduce((sum, ai, i) => sum + (ai - (b[i] ?? 0)) ** 2, 0));
  return {
    own: points.map((a, i) => points.map((b, j) => k(a, b) + (i === j ? 1e-4 : 0))),
    cross: Array.from({ length: CANDIDATES }, draw).map((x) => Float64Array.from(points, (point) => k(x, point))),
  };
}

/** Median milliseconds of computing time. */
function milliseconds(run: () => unknown): number {
  run();
  const times = Array.from({ length: REPEATS }, () => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return median(times);
}

await tf.setBackend('wasm');
console.log(
  `     n   factor ms   ml-matrix ms   ratio   ${CANDIDATES} variances ms   tfjs wasm ms   ratio   its largest error`,
);
for (const n of sizes) {
  const { own, cross } = covariances(n);
  const lower = Float64Array.from(own.flatMap((row, i) => row.slice(0, i + 1)));
  const matrix = new Matrix(own);
  const ours = milliseconds(() => CholeskyFactor.of(lower, n));
  const theirs = milliseconds(() => new CholeskyDecomposition(matrix).lowerTriangularMatrix);
  const factor = CholeskyFactor.of(lower, n);
  if (factor === undefined) throw new Error('expected a positive definite matrix');
  const variances = new Float64Array(CANDIDATES);
  const byArrays = milliseconds(() => {
    cross.forEach((k, i) => {
      const v = k.slice();
      factor.solveLower(v);
      variances[i] = 1 - v.reduce((sum, vi) => sum + vi * vi, 0);
    });
  });
  const inverse = tf.tensor2d(new CholeskyDecomposition(matrix).solve(Matrix.eye(n)).to2DArray());
  let found: ArrayLike<number> = [];
  const byTensors = milliseconds(() => {
    found = tf.tidy(() => {
      const k = tf.tensor2d(Float32Array.from(cross.flatMap((row) => [...row])), [CANDIDATES, n]);
      return tf.sub(1, tf.sum(tf.mul(tf.matMul(k, inverse), k), 1)).dataSync();
    });
  });
  const error = variances.reduce((most, variance, i) => Math.max(most, Math.abs(variance - (found[i] ?? NaN))), 0);
  const smallest = Math.min(...variances);
  const cells = [
    ours.toFixed(2),
    theirs.toFixed(2),
    (ours / theirs).toFixed(2),
    byArrays.toFixed(1),
    byTensors.toFixed(1),
  ];
  console.log(
    `${String(n).padStart(6)}   ${cells.join('   ')}   ${(byArrays / byTensors).toFixed(2)}   ${error.toExponential(1)} where the smallest variance is ${smallest.toExponential(1)}`,
  );
}
