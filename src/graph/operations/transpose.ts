// The dimensions of an array in another order. With a role it also says what they mean from there on.
import type { GraphBuilder } from '../builder.js';
import { describe, graphError } from '../checks.js';
import type { GraphNode, Value } from '../graph.js';
import type { Role } from '../host-tensor.js';
import { inverseOf, laidOutShape, layoutOf, permute } from '../onnx/layout.js';
import type { Operation, TypedNode, Unary } from '../operation.js';
import { must } from '../../system/must.js';
import { tuple } from '../torch/emitter.js';

interface TransposeAttributes {
  /** Dimension i of the result is dimension permutation[i] of x, in canonical order. */
  readonly permutation: readonly number[];
  readonly role: Role;
}

export const transposeOperation: Operation<TransposeAttributes, Unary> = {
  name: 'transpose',
  infer([x], { permutation, role }) {
    const isOne = permutation.length === x.shape.length && x.shape.every((_, axis) => permutation.includes(axis));
    if (!isOne) throw graphError('transpose', `a permutation of the axes of ${describe(x)}`, `[${permutation.join()}]`);
    return { shape: permute(x.shape, permutation), role };
  },
  gradient(g, { inputs: [x], attributes: { permutation } }, dy) {
    return [transpose(g, dy, inverseOf(permutation), x.role)];
  },
  vmap: (g, { attributes: { permutation, role } }, [x]) =>
    transpose(g, x, [0, ...permutation.map((axis) => axis + 1)], role),
  tfjs: ({ tf }, [x], { attributes: { permutation } }) => tf.transpose(x, [...permutation]),
  onnx(emitter, [x], { inputs: [value], output, attributes: { permutation } }) {
    const [from, to] = [layoutOf(value), layoutOf(output)];
    const moves = to.map((axis) => from.indexOf(must(permutation[axis], 'an axis')));
    const dimensions = laidOutShape(value);
    const long = moves.filter((axis) => dimensions[axis] !== 1);
    const isReshape = long.every((axis, i) => i === 0 || axis > must(long[i - 1], 'an axis'));
    if (!isReshape) return emitter.transpose(x, moves);
    return moves.every((axis, i) => axis === i) ? x : emitter.reshape(x, laidOutShape(output));
  },
  torch: (emitter, [x], { attributes: { permutation } }) => emitter.view(`${x}.permute(${tuple(permutation)})`),
};

/** x with its axes in another order: axis i of the result is axis permutation[i] of x. `role` tags the result. */
export function transpose(g: GraphBuilder, x: Value, permutation: readonly number[], role: Role = 'plain'): Value {
  const node = g.nodeOf(x);
  if (node !== undefined && isTranspose(node)) {
    return transpose(g, node.inputs[0], permute(node.attributes.permutation, permutation), role);
  }
  if (x.role === role && permutation.every((axis, i) => axis === i)) return x;
  return g.add(transposeOperation, [x], { permutation: [...permutation], role });
}

function isTranspose(node: GraphNode): node is TypedNode<TransposeAttributes, Unary> {
  return node.op === 'transpose';
}
