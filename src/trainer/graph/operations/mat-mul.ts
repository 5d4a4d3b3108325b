// The product of two matrices, each transposed or not.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, expectRank, graphError } from '../checks.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import type { TfjsTensor } from '../tfjs/lowering.js';

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export const matMulOperation: Operation<MatMulAttributes> = {
  name: 'matMul',
  infer(inputs, { transposeA, transposeB }) {
    const a = expectRank('matMul', inputs[0], 2, 'a matrix a');
    const b = expectRank('matMul', inputs[1], 2, 'a matrix b');
    const [rows, inner] = transposeA ? [dim(a, 1), dim(a, 0)] : [dim(a, 0), dim(a, 1)];
    const [innerOfB, columns] = transposeB ? [dim(b, 1), dim(b, 0)] : [dim(b, 0), dim(b, 1)];
    if (inner !== innerOfB) {
      const flag = transposeB ? ' transposed' : '';
      throw graphError(
        'matMul',
        `b${flag} with ${inner} rows for a${transposeA ? ' transposed' : ''} of ${describe(a)}`,
        describe(b),
      );
    }
    return { shape: [rows, columns], role: 'plain' };
  },
  gradient(g, { inputs, attributes: { transposeA, transposeB } }, dy) {
    const [a, b] = inputs as [Value, Value];
    // With A = op(a), B = op(b): dA = dy·Bᵀ and dB = Aᵀ·dy; where op transposes, so is the gradient.
    const da = transposeA
      ? matMul(g, b, dy, { transposeA: transposeB, transposeB: true })
      : matMul(g, dy, b, { transposeB: !transposeB });
    const db = transposeB
      ? matMul(g, dy, a, { transposeA: true, transposeB: transposeA })
      : matMul(g, a, dy, { transposeA: !transposeA });
    return [da, db];
  },
  tfjs({ tf, composeGradients }, inputs, { attributes: { transposeA, transposeB } }) {
    const [a, b] = inputs as [TfjsTensor, TfjsTensor];
    // wasm's transposing product runs ten times slower than a transpose and a plain product.
    if (composeGradients) return tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b);
    return tf.matMul(a, b, transposeA, transposeB);
  },
  onnx: (emitter, inputs, { attributes: { transposeA, transposeB } }) =>
    emitter.emit('Gemm', inputs, { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }),
};

/** a·b of matrices [m, k] and [k, n]; the flags transpose before. */
export function matMul(g: GraphBuilder, a: Value, b: Value, options: Partial<MatMulAttributes> = {}): Value {
  const { transposeA = false, transposeB = false } = options;
  return g.add(matMulOperation, [a, b], { transposeA, transposeB });
}
