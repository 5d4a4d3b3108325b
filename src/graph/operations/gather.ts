// Entries of an array along an axis, by indices that are known beforehand, and the sum that is its gradient.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, expectShape, graphError, normalizeAxis } from '../checks.js';
import type { Value } from '../graph.js';
import { sizeOf } from '../host-tensor.js';
import { layoutOf } from '../onnx/layout.js';
import type { Operation, Unary } from '../operation.js';
import { must } from '../../system/must.js';
import { type TorchEmitter, tuple } from '../torch/emitter.js';

interface GatherAttributes {
  readonly axis: number;
  readonly indices: readonly number[];
}

interface ScatterAttributes extends GatherAttributes {
  /** Of the result, along the axis. */
  readonly size: number;
}

export const gatherOperation: Operation<GatherAttributes, Unary> = {
  name: 'gather',
  infer([x], { axis, indices }) {
    const length = dim(x, axis);
    const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= length);
    if (indices.length === 0 || wrong !== undefined) {
      throw graphError('gather', `indices from 0 to ${length - 1} along axis ${axis} of ${describe(x)}`, String(wrong));
    }
    return { shape: x.shape.map((d, i) => (i === axis ? indices.length : d)), role: x.role };
  },
  gradient(g, { inputs: [x], attributes: { axis, indices } }, dy) {
    return [g.add(scatterSumOperation, [dy], { axis, indices, size: dim(x, axis) })];
  },
  vmap: (g, { attributes: { axis, indices } }, [x]) => gather(g, x, axis + 1, indices),
  tfjs: ({ tf }, [x], { attributes: { axis, indices } }) => tf.gather(x, tf.tensor1d([...indices], 'int32'), axis),
  onnx(emitter, [x], { inputs: [value], output, attributes: { axis, indices } }) {
    const laidOut = layoutOf(value).indexOf(axis);
    return emitter.settle(emitter.emit('Gather', [x, emitter.ints(indices)], { axis: laidOut }), value, output);
  },
  torch: (emitter, [x], { attributes: { axis, indices } }) =>
    emitter.emit(`${x}.index_select(${axis}, ${wanted(emitter, indices)})`),
};

/** The gradient of a gather: entry i of x is added to entry indices[i] of a result that begins with zeros. */
export const scatterSumOperation: Operation<ScatterAttributes, Unary> = {
  name: 'scatterSum',
  infer([x], { axis, indices, size }) {
    expectShape(
      'scatterSum',
      x,
      x.shape.map((d, i) => (i === axis ? indices.length : d)),
      'entries',
    );
    return { shape: x.shape.map((d, i) => (i === axis ? size : d)), role: x.role };
  },
  gradient: (g, { attributes: { axis, indices } }, dy) => [gather(g, dy, axis, indices)],
  vmap: (g, { attributes }, inputs) => g.add(scatterSumOperation, inputs, { ...attributes, axis: attributes.axis + 1 }),
  // As a product with a matrix of ones and zeros: not every backend sums by segments.
  tfjs({ tf }, [x], { attributes: { axis, indices, size } }) {
    const order = x.shape.map((_, i) => (i === 0 ? axis : i <= axis ? i - 1 : i));
    const back = order.map((_, i) => order.indexOf(i));
    const first = tf.transpose(x, order);
    const ones = new Float32Array(size * indices.length);
    indices.forEach((index, i) => (ones[index * indices.length + i] = 1));
    const summed = tf.matMul(tf.tensor2d(ones, [size, indices.length]), tf.reshape(first, [indices.length, -1]));
    return tf.transpose(tf.reshape(summed, [size, ...first.shape.slice(1)]), back);
  },
  onnx(emitter, [x], { inputs: [value], output, attributes: { axis, indices } }) {
    const laidOut = layoutOf(value);
    const at = laidOut.indexOf(axis);
    const shape = laidOut.map((dimension) => dim(value, dimension));
    const total = laidOut.map((dimension) => dim(output, dimension));
    const inner = sizeOf(shape.slice(at + 1));
    const outer = sizeOf(shape.slice(0, at));
    const zeros = emitter.emit('Expand', [
      emitter.floats([0], [1]),
      emitter.ints([outer, must(total[at], 'an axis'), inner]),
    ]);
    const wanted = emitter.emit('Expand', [
      emitter.reshape(emitter.ints(indices), [1, indices.length, 1]),
      emitter.ints([outer, indices.length, inner]),
    ]);
    const entries = emitter.reshape(x, [outer, indices.length, inner]);
    const summed = emitter.emit('ScatterElements', [zeros, wanted, entries], { axis: 1, reduction: 'add' });
    return emitter.settle(emitter.reshape(summed, total), value, output);
  },
  torch(emitter, [x], { output, attributes: { axis, indices } }) {
    const zeros = `torch.zeros(${tuple(output.shape)}, dtype=${x}.dtype, device=device)`;
    return emitter.emit(`${zeros}.index_add(${axis}, ${wanted(emitter, indices)}, ${x})`);
  },
};

/** The entries of x at `indices` along an axis; an index may come more than once. */
export function gather(g: GraphBuilder, x: Value, axis: number, indices: readonly number[]): Value {
  const normal = normalizeAxis('gather', axis, x.shape.length);
  if (indices.length === dim(x, normal) && indices.every((index, i) => index === i)) return x;
  return g.add(gatherOperation, [x], { axis: normal, indices: [...indices] });
}

function wanted(emitter: TorchEmitter, indices: readonly number[]): string {
  return emitter.constant(Int32Array.from(indices), [indices.length]);
}
