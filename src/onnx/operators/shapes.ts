// Operators that move, cut and join arrays, and those that compute with shapes.
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { concat } from '../../graph/operations/concat.js';
import { broadcastTo } from '../../graph/operations/reduce.js';
import { reshape } from '../../graph/operations/reshape.js';
import { transpose } from '../../graph/operations/transpose.js';
import { must } from '../../system/must.js';
import {
  type KnownArray,
  boundedCount,
  broadcastShape,
  concatKnown,
  emptyOf,
  expandKnown,
  knownList,
  sizeOfShape,
  sliceKnown,
  transposeKnown,
} from '../known.js';
import { type NodeView, type Operator, axisOf, lengthOf, rankOf } from '../node-view.js';
import { numbersOf, isFloat } from '../tensors.js';
import { type Context, NoGradient, type Traced, flow, knownValue } from '../traced.js';

/** Numbers that are attributes in old opsets and inputs in new ones. */
export function listOf(context: Context, view: NodeView, index: number, name: string): readonly number[] | undefined {
  const given = view.optional(index);
  return given === undefined ? view.ints(name) : [...context.known(given, `its ${name}`).data];
}

export function reshaped(context: Context, x: Traced, shape: readonly number[]): Traced {
  if (context.isKnown(x)) {
    const array = context.known(x, 'numbers');
    if (sizeOfShape(shape) !== array.data.length)
      throw new NoGradient(`[${x.shape.join(', ')}] as [${shape.join(', ')}]`);
    return knownValue({ ...array, shape });
  }
  return flow(reshape(context.g, context.plain(x), shape));
}

const reshapeTo: Operator = (context, view) => {
  const x = view.input(0);
  const target = listOf(context, view, 1, 'shape') ?? [];
  const copied = view.int('allowzero', 0) === 1 ? target : target.map((d, i) => (d === 0 ? lengthOf(x, i) : d));
  return [reshaped(context, x, context.target(view.node.outputs[0] ?? view.node.name, x, copied))];
};

const flatten: Operator = (context, view) => {
  const x = view.input(0);
  const axis = view.int('axis', 1);
  const at = axis < 0 ? axis + rankOf(x) : axis;
  return [reshaped(context, x, [sizeOfShape(x.shape.slice(0, at)), sizeOfShape(x.shape.slice(at))])];
};

const squeeze: Operator = (context, view) => {
  const x = view.input(0);
  const axes = listOf(context, view, 1, 'axes')?.map((axis) => axisOf(axis, rankOf(x)));
  const shape = x.shape.filter((d, i) => (axes === undefined ? d !== 1 : !axes.includes(i)));
  return [reshaped(context, x, shape)];
};

const unsqueeze: Operator = (context, view) => {
  const x = view.input(0);
  const given = listOf(context, view, 1, 'axes') ?? [];
  const rank = rankOf(x) + given.length;
  const axes = given.map((axis) => axisOf(axis, rank));
  const rest = [...x.shape];
  return [
    reshaped(
      context,
      x,
      Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : must(rest.shift(), 'an axis'))),
    ),
  ];
};

const transposeTo: Operator = (context, view) => {
  const x = view.input(0);
  const permutation = view.ints('perm') ?? x.shape.map((_, i) => rankOf(x) - 1 - i);
  if (context.isKnown(x)) return [knownValue(transposeKnown(context.known(x, 'numbers'), permutation))];
  return [flow(transpose(context.g, context.plain(x), permutation))];
};

export const IMAGE_AXES = [0, 3, 1, 2] as const;

/** Applies along one axis, in the array's own form. */
export function along(
  x: Traced,
  axis: number,
  context: Context,
  compute: (g: GraphBuilder, value: Value, axis: number) => Value,
): Traced {
  if (x.kind === 'flow' && x.form === 'image') {
    return flow(compute(context.g, context.image(x), must(IMAGE_AXES[axis], 'an axis of images')), 'image');
  }
  return flow(compute(context.g, context.plain(x), axis));
}

const join: Operator = (context, view) => {
  const parts = view.inputs.map((_, i) => view.input(i)).filter((part) => !part.shape.includes(0));
  const first = must(parts[0] ?? view.input(0), 'an array to join');
  if (parts.length <= 1) return [first];
  const axis = axisOf(view.int('axis', 1), rankOf(first));
  if (parts.every((part) => context.isKnown(part))) {
    return [
      knownValue(
        concatKnown(
          parts.map((part) => context.known(part, 'numbers')),
          axis,
        ),
      ),
    ];
  }
  // A token that a file of one image repeats once is repeated for each image.
  const full = parts.reduce<readonly number[]>(
    (shape, part) =>
      broadcastShape(
        shape,
        part.shape.map((d, i) => (i === axis ? 1 : d)),
      ),
    first.shape.map(() => 1),
  );
  const isImage = rankOf(first) === 4 && parts.every((part) => part.kind === 'flow' && part.form === 'image');
  const whole = parts.map((part) => {
    const shape = full.map((d, i) => (i === axis ? lengthOf(part, i) : d));
    if (isImage) return context.image(part);
    return broadcastTo(context.g, context.plain(part), shape);
  });
  if (isImage) return [flow(concat(context.g, whole, must(IMAGE_AXES[axis], 'an axis')), 'image')];
  return [flow(concat(context.g, whole, axis))];
};

const expand: Operator = (context, view) => {
  const x = view.input(0);
  const shape = broadcastShape(x.shape, listOf(context, view, 1, 'shape') ?? []);
  if (context.isKnown(x)) return [knownValue(expandKnown(context.known(x, 'numbers'), shape))];
  const ones = new Array<number>(shape.length - rankOf(x)).fill(1);
  return [flow(broadcastTo(context.g, reshape(context.g, context.plain(x), [...ones, ...x.shape]), shape))];
};

/** Of an array that the network computes, beside itself. */
const MOST_COPIES = 4096;

const tile: Operator = (context, view) => {
  const x = view.input(0);
  const repeats = context.known(view.input(1), 'the repeats').data;
  let result = x;
  repeats.forEach((times, axis) => {
    if (times === 1) return;
    const length = lengthOf(result, axis);
    if (context.isKnown(result)) {
      const total = boundedCount(length * times, 'entries of a repeated axis');
      const list = Array.from({ length: total }, (_, i) => i % length);
      result = knownValue(sliceKnown(context.known(result, 'numbers'), axis, list));
    } else if (length === 1) {
      const shape = result.shape.map((d, i) => (i === axis ? times : d));
      result = flow(broadcastTo(context.g, context.plain(result), shape));
    } else {
      const copies = new Array<Value>(boundedCount(times, 'copies', MOST_COPIES)).fill(context.plain(result));
      result = flow(concat(context.g, copies, axis));
    }
  });
  return [result];
};

const shapeOf: Operator = (_, view) => {
  const { shape } = view.input(0);
  const at = (n: number): number => Math.min(Math.max(n < 0 ? n + shape.length : n, 0), shape.length);
  return [knownValue(knownList(shape.slice(at(view.int('start', 0)), at(view.int('end', shape.length)))))];
};

const constant: Operator = (_, view) => {
  const tensor = view.tensor('value');
  if (tensor !== undefined) {
    const array = { shape: tensor.shape, data: numbersOf(tensor), integer: !isFloat(tensor.type) };
    return [knownValue(array)];
  }
  const scalar = (value: number, integer: boolean): Traced =>
    knownValue({ shape: [], data: Float64Array.of(value), integer });
  if (view.has('value_int')) return [scalar(view.int('value_int', 0), true)];
  if (view.has('value_float')) return [scalar(view.float('value_float', 0), false)];
  const ints = view.ints('value_ints');
  if (ints !== undefined) return [knownValue(knownList(ints))];
  const floats = view.ints('value_floats');
  if (floats === undefined) throw new NoGradient('a constant without numbers');
  return [knownValue({ ...knownList(floats), integer: false })];
};

const constantOfShape: Operator = (context, view) => {
  const shape = [...context.known(view.input(0), 'the shape').data];
  const tensor = view.tensor('value');
  const value = tensor === undefined ? 0 : (numbersOf(tensor)[0] ?? 0);
  return [
    knownValue({ shape, data: emptyOf(shape).fill(value), integer: tensor !== undefined && !isFloat(tensor.type) }),
  ];
};

const range: Operator = (context, view) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => context.known(view.input(i), 'a bound'));
  const [from = 0, to = 0, by = 1] = [start?.data[0], limit?.data[0], delta?.data[0]];
  const data = emptyOf([Math.max(0, Math.ceil((to - from) / by))]);
  return [
    knownValue({ shape: [data.length], data: data.map((_, i) => from + i * by), integer: start?.integer ?? true }),
  ];
};

/** Of known numbers: tables of positions count so. */
const cumulativeSum: Operator = (context, view) => {
  const x = context.known(view.input(0), 'its input');
  const axis = axisOf(context.known(view.input(1), 'the axis').data[0] ?? 0, x.shape.length);
  if (view.int('exclusive', 0) === 1 || view.int('reverse', 0) === 1)
    throw new NoGradient('an exclusive or reversed sum');
  const inner = sizeOfShape(x.shape.slice(axis + 1));
  const length = must(x.shape[axis], 'an axis');
  const data = x.data.slice();
  for (let i = 0; i < data.length; i++) {
    if (Math.floor(i / inner) % length > 0) data[i] = must(data[i], 'a number') + must(data[i - inner], 'a number');
  }
  return [knownValue({ ...x, data })];
};

/** [B, C·b², H, W] to [B, C, H·b, W·b], or back. */
const depthToSpace: Operator = (context, view) => {
  const { g } = context;
  const x = view.input(0);
  const b = view.int('blocksize', 1);
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape;
  const rest = channels / (b * b);
  const isDcr = view.text('mode', 'DCR') === 'DCR';
  const apart = reshape(
    g,
    context.plain(x),
    isDcr ? [batch, b, b, rest, height, width] : [batch, rest, b, b, height, width],
  );
  const moved = transpose(g, apart, isDcr ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]);
  return [flow(reshape(g, moved, [batch, rest, height * b, width * b]))];
};

const spaceToDepth: Operator = (context, view) => {
  const { g } = context;
  const x = view.input(0);
  const b = view.int('blocksize', 1);
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape;
  const apart = reshape(g, context.plain(x), [batch, channels, height / b, b, width / b, b]);
  const moved = transpose(g, apart, [0, 3, 5, 1, 2, 4]);
  return [flow(reshape(g, moved, [batch, channels * b * b, height / b, width / b]))];
};

function scalarInteger(value: number): KnownArray {
  return { shape: [], data: Float64Array.of(value), integer: true };
}

export const SHAPES: Readonly<Record<string, Operator>> = {
  Reshape: reshapeTo,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transposeTo,
  Concat: join,
  Expand: expand,
  Tile: tile,
  Shape: shapeOf,
  Size: (_, view) => [knownValue(scalarInteger(sizeOfShape(view.input(0).shape)))],
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  CumSum: cumulativeSum,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
