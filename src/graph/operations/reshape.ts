// The same numbers, in canonical order, under another shape.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, graphError, sameShape } from '../checks.js';
import type { Value } from '../graph.js';
import { sizeOf, type Role } from '../host-tensor.js';
import { inverseOf, laidOutShape, layoutOf } from '../onnx/layout.js';
import type { Operation, Unary } from '../operation.js';
import { tuple } from '../torch/emitter.js';

interface ReshapeAttributes {
  readonly shape: readonly number[];
  readonly role: Role;
}

export const reshapeOperation: Operation<ReshapeAttributes, Unary> = {
  name: 'reshape',
  infer([value], { shape, role }) {
    if (sizeOf(value.shape) !== sizeOf(shape)) {
      throw graphError('reshape', `${sizeOf(value.shape)} elements (${describe(value)})`, describe({ shape, role }));
    }
    return { shape, role };
  },
  gradient(g, { inputs: [x] }, dy) {
    return [reshape(g, dy, x.shape, x.role)];
  },
  vmap: (g, { attributes: { shape, role } }, [x], copies) => reshape(g, x, [copies, ...shape], role),
  tfjs: ({ tf }, [x], node) => tf.reshape(x, [...node.attributes.shape]),
  onnx(emitter, [x], { inputs: [value], output }) {
    const canonical = isCanonical(value) ? x : emitter.transpose(x, inverseOf(layoutOf(value)));
    if (isCanonical(output)) return emitter.reshape(canonical, laidOutShape(output));
    return emitter.transpose(emitter.reshape(canonical, output.shape), layoutOf(output));
  },
  torch: (emitter, [x], { attributes: { shape } }) => emitter.view(`${emitter.tensor(x)}.reshape(${tuple(shape)})`),
};

/** Whether the laid-out array holds its numbers in canonical order: its dimensions above 1 come in the same order. */
function isCanonical(value: Value): boolean {
  const order = layoutOf(value).filter((axis) => value.shape[axis] !== 1);
  return order.every((axis, i) => i === 0 || axis > order[i - 1]!);
}

/** x under another shape of the same size, in canonical order; `role` tags the result. */
export function reshape(g: GraphBuilder, x: Value, shape: readonly number[], role: Role = 'plain'): Value {
  if (sameShape(x.shape, shape) && x.role === role) return x;
  return g.add(reshapeOperation, [x], { shape: [...shape], role });
}

/** [B, …] as [B, the rest]. */
export function flatten(g: GraphBuilder, x: Value): Value {
  if (x.shape.length === 0) throw graphError('flatten', 'a value with a batch dimension', describe(x));
  return reshape(g, x, [dim(x, 0), sizeOf(x.shape.slice(1))]);
}
