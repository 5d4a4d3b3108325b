// The product of two matrices, each transposed or not, or of several pairs at once.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, expectRank, graphError } from '../checks.js';
import type { Value } from '../graph.js';
import type { Binary, Operation } from '../operation.js';
import type { TfjsTensor } from '../tfjs/lowering.js';
import { broadcastTo } from './reduce.js';
import { reshape } from './reshape.js';

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export const matMulOperation: Operation<MatMulAttributes, Binary> = {
  name: 'matMul',
  infer([first, second], { transposeA, transposeB }) {
    const rank = first.shape.length === 3 ? 3 : 2;
    const a = expectRank('matMul', first, rank, 'a matrix a');
    const b = expectRank('matMul', second, rank, 'a matrix b');
    const copies = a.shape.slice(0, rank - 2);
    if (copies[0] !== undefined && copies[0] !== dim(b, 0))
      throw graphError('matMul', `${copies[0]} matrices`, describe(b));
    const [row, column] = [rank - 2, rank - 1];
    const [rows, inner] = transposeA ? [dim(a, column), dim(a, row)] : [dim(a, row), dim(a, column)];
    const [innerOfB, columns] = transposeB ? [dim(b, column), dim(b, row)] : [dim(b, row), dim(b, column)];
    if (inner !== innerOfB) {
      const flag = transposeB ? ' transposed' : '';
      throw graphError(
        'matMul',
        `b${flag} with ${inner} rows for a${transposeA ? ' transposed' : ''} of ${describe(a)}`,
        describe(b),
      );
    }
    return { shape: [...copies, rows, columns], role: 'plain' };
  },
  gradient(g, { inputs: [a, b], attributes: { transposeA, transposeB } }, dy) {
    // With A = op(a), B = op(b): dA = dy·Bᵀ and dB = Aᵀ·dy; where op transposes, so is the gradient.
    const da = transposeA
      ? matMul(g, b, dy, { transposeA: transposeB, transposeB: true })
      : matMul(g, dy, b, { transposeB: !transposeB });
    const db = transposeB
      ? matMul(g, dy, a, { transposeA: true, transposeB: transposeA })
      : matMul(g, a, dy, { transposeA: !transposeA });
    return [da, db];
  },
  vmap: (g, { attributes }, [a, b], copies) =>
    g.add(matMulOperation, [inCopies(g, a, copies), inCopies(g, b, copies)], attributes),
  tfjs({ tf, composeGradients }, [a, b], { attributes: { transposeA, transposeB } }) {
    // wasm's transposing product runs ten times slower than a transpose and a plain product.
    if (composeGradients) {
      const turned = (x: TfjsTensor): TfjsTensor => tf.transpose(x, x.rank === 3 ? [0, 2, 1] : [1, 0]);
      return tf.matMul(transposeA ? turned(a) : a, transposeB ? turned(b) : b);
    }
    return tf.matMul(a, b, transposeA, transposeB);
  },
  onnx(emitter, inputs, { output, attributes: { transposeA, transposeB } }) {
    const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    if (output.shape.length === 2) return emitter.emit('Gemm', inputs, flags);
    // The standard MatMul cannot transpose. Of each pair of matrices this one makes the same bits as Gemm.
    return emitter.emit('FusedMatMul', inputs, flags, 'com.microsoft');
  },
  torch(emitter, [a, b], { attributes: { transposeA, transposeB } }) {
    const turned = (x: string, isTurned: boolean): string => (isTurned ? emitter.view(`${x}.transpose(-1, -2)`) : x);
    return emitter.emit(`${turned(a, transposeA)} @ ${turned(b, transposeB)}`);
  },
};

/** A matrix that all copies share, once for each. */
function inCopies(g: GraphBuilder, x: Value, copies: number): Value {
  return x.shape.length === 3 ? x : broadcastTo(g, reshape(g, x, [1, ...x.shape]), [copies, ...x.shape]);
}

/** a·b of matrices [m, k] and [k, n]; the flags transpose before. */
export function matMul(g: GraphBuilder, a: Value, b: Value, options: Partial<MatMulAttributes> = {}): Value {
  const { transposeA = false, transposeB = false } = options;
  return g.add(matMulOperation, [a, b], { transposeA, transposeB });
}
