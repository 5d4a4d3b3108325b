// Sums and means over dimensions, and their counterpart: repeating along dimensions.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, graphError, normalizeAxis } from '../checks.js';
import type { GraphNode, Value } from '../graph.js';
import type { Operation, TypedNode, Unary } from '../operation.js';
import type { OnnxEmitter } from '../onnx/emitter.js';
import { laidOutShape, layoutOf } from '../onnx/layout.js';
import { tuple } from '../torch/emitter.js';
import { multiply } from './arithmetic.js';
import { reshape } from './reshape.js';

interface ReduceAttributes {
  /** Canonical, ascending. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** A node of one of the reductions. */
export type ReduceNode = TypedNode<ReduceAttributes, Unary>;

export function isReduction(node: GraphNode): node is ReduceNode {
  return node.op === 'reduceSum' || node.op === 'reduceMean';
}

function reduction(name: 'reduceSum' | 'reduceMean', onnxOperator: string): Operation<ReduceAttributes, Unary> {
  const operation: Operation<ReduceAttributes, Unary> = {
    name,
    infer([x], { axes, keepDims }) {
      if (keepDims) return { shape: x.shape.map((d, i) => (axes.includes(i) ? 1 : d)), role: x.role };
      return { shape: x.shape.filter((_, i) => !axes.includes(i)), role: 'plain' };
    },
    gradient(g, node, dy) {
      const [x] = node.inputs;
      const { axes } = node.attributes;
      const kept = reshape(
        g,
        dy,
        x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
        x.role,
      );
      const share = name === 'reduceSum' ? 1 : axes.reduce((product, axis) => product / dim(x, axis), 1);
      return [broadcastTo(g, share === 1 ? kept : multiply(g, kept, g.scalar(share)), x.shape)];
    },
    vmap: (g, { attributes: { axes, keepDims } }, inputs) =>
      g.add(operation, inputs, { axes: axes.map((axis) => axis + 1), keepDims }),
    tfjs({ tf }, [x], { attributes: { axes, keepDims } }) {
      const reduce = name === 'reduceSum' ? tf.sum : tf.mean;
      return reduce(x, [...axes], keepDims);
    },
    onnx(emitter, [x], node) {
      const [value] = node.inputs;
      const { axes, keepDims } = node.attributes;
      if (isSumOfRows(node)) return sumOfRows(emitter, x, value, node.output);
      if (isSumOfImages(node)) return sumOfImages(emitter, x);
      const layout = layoutOf(value);
      const laidOutAxes = layout.flatMap((axis, i) => (axes.includes(axis) ? [i] : []));
      const reduced = emitter.emit(onnxOperator, [x, emitter.ints(laidOutAxes)], {
        keepdims: keepDims ? 1 : 0,
      });
      if (keepDims) return emitter.settle(reduced, value, node.output);
      const remaining = layout.filter((axis) => !axes.includes(axis));
      const canonical = [...remaining].sort((a, b) => a - b);
      return emitter.transpose(
        reduced,
        canonical.map((axis) => remaining.indexOf(axis)),
      );
    },
    torch(emitter, [x], { attributes: { axes, keepDims } }) {
      const reduce = name === 'reduceSum' ? 'sum' : 'mean';
      return emitter.emit(`${x}.${reduce}(${tuple(axes)}, keepdim=${keepDims ? 'True' : 'False'})`);
    },
  };
  return operation;
}

/** Whether a sum is over the rows of a matrix, or of each matrix of [copies, rows, columns]. */
export function isSumOfRows({ op, attributes: { axes }, inputs: [x] }: ReduceNode): boolean {
  const { shape, role } = x;
  if (op !== 'reduceSum' || role !== 'plain' || axes.length !== 1) return false;
  return (shape.length === 2 && axes[0] === 0) || (shape.length === 3 && axes[0] === 1);
}

/** As a product with ones: onnxruntime's own sums add rows in another order where the matrix is one of several. */
function sumOfRows(emitter: OnnxEmitter, x: string, value: Value, output: Value): string {
  const rows = dim(value, value.shape.length - 2);
  const ones = (shape: readonly number[]): string => emitter.floats(new Float32Array(rows).fill(1), shape);
  const sum =
    value.shape.length === 2
      ? emitter.emit('Gemm', [ones([1, rows]), x])
      : emitter.emit('MatMul', [ones([1, 1, rows]), x]);
  return emitter.reshape(sum, output.shape);
}

/** Whether a sum is over all that a channel has of images. */
function isSumOfImages({ op, attributes: { axes, keepDims }, inputs: [{ role }] }: ReduceNode): boolean {
  return op === 'reduceSum' && role === 'image' && axes.join() === '0,1,2' && !keepDims;
}

/** First within each image, which lies in one piece. */
function sumOfImages(emitter: OnnxEmitter, x: string): string {
  const sums = emitter.emit('ReduceSum', [x, emitter.ints([2, 3])], { keepdims: 0 });
  return emitter.emit('ReduceSum', [sums, emitter.ints([0])], { keepdims: 0 });
}

export const reduceSumOperation = reduction('reduceSum', 'ReduceSum');
export const reduceMeanOperation = reduction('reduceMean', 'ReduceMean');

export const broadcastToOperation: Operation<{ readonly shape: readonly number[] }, Unary> = {
  name: 'broadcastTo',
  infer([x], { shape }) {
    if (x.shape.length !== shape.length || !x.shape.every((d, i) => d === 1 || d === shape[i])) {
      throw graphError('broadcastTo', `a value that repeats to [${shape.join(', ')}]`, describe(x));
    }
    return { shape, role: x.role };
  },
  gradient(g, { inputs: [x] }, dy) {
    return [
      reduceSum(
        g,
        dy,
        x.shape.flatMap((d, i) => (d === dim(dy, i) ? [] : [i])),
        true,
      ),
    ];
  },
  vmap: (g, { attributes: { shape } }, [x], copies) => broadcastTo(g, x, [copies, ...shape]),
  tfjs: ({ tf }, [x], node) => tf.broadcastTo(x, [...node.attributes.shape]),
  onnx: (emitter, [x], { inputs: [value], output }) =>
    emitter.emit('Expand', [emitter.conform(x, value, output), emitter.ints(laidOutShape(output))]),
  torch: (emitter, [x], { attributes: { shape } }) => emitter.view(`${emitter.tensor(x)}.expand(${tuple(shape)})`),
};

/**
 * The sum over `axes` (canonical order, negative ones from the back; default: all). Without `keepDims` the axes vanish and
 * the result is plain, with the remaining ones in canonical order.
 */
export function reduceSum(g: GraphBuilder, x: Value, axes?: readonly number[], keepDims = false): Value {
  return reduce(g, reduceSumOperation, x, axes, keepDims);
}

/** The mean over `axes`, otherwise as reduceSum. */
export function reduceMean(g: GraphBuilder, x: Value, axes?: readonly number[], keepDims = false): Value {
  return reduce(g, reduceMeanOperation, x, axes, keepDims);
}

/** Repeats x, of the same rank, along those of its dimensions that are 1. */
export function broadcastTo(g: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (x.shape.length === shape.length && x.shape.every((d, i) => d === shape[i])) return x;
  return g.add(broadcastToOperation, [x], { shape });
}

function reduce(
  g: GraphBuilder,
  operation: Operation<ReduceAttributes, Unary>,
  x: Value,
  axes: readonly number[] | undefined,
  keepDims: boolean,
): Value {
  const rank = x.shape.length;
  const normal = (axes ?? x.shape.map((_, i) => i)).map((axis) => normalizeAxis(operation.name, axis, rank));
  const ascending = [...new Set(normal)].sort((a, b) => a - b);
  if (ascending.length === 0) return x;
  return g.add(operation, [x], { axes: ascending, keepDims });
}
