// Layer, group and instance normalisation, softmax, and reductions.
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { add, divide, maximum, multiply } from '../../graph/operations/arithmetic.js';
import { slice } from '../../graph/operations/concat.js';
import { exp, log, rsqrt, sqrt, square } from '../../graph/operations/elementwise.js';
import { normalize } from '../../graph/operations/normalize.js';
import { maxPool } from '../../graph/operations/pool.js';
import { reduceMean, reduceSum } from '../../graph/operations/reduce.js';
import { reshape } from '../../graph/operations/reshape.js';
import { softmax } from '../../graph/operations/softmax.js';
import { must } from '../../system/must.js';
import { reduceKnown, sizeOfShape } from '../known.js';
import { type NodeView, type Operator, axisOf, rankOf } from '../node-view.js';
import { type Context, NoGradient, type Traced, flow, knownValue } from '../traced.js';
import { combined } from './elementwise.js';

/** Where a norm is 0 its gradient is 0 and not no number. */
const TINY = 1e-30;

function affine(context: Context, x: Traced, scale: Traced | undefined, bias: Traced | undefined): Traced {
  const scaled = scale === undefined ? x : combined(context, x, scale, multiply);
  return bias === undefined ? scaled : combined(context, scaled, bias, add);
}

/** Over the axes from `axis` on, as one. */
function overLast(
  context: Context,
  x: Traced,
  axis: number,
  compute: (g: GraphBuilder, value: Value) => Value,
): Traced {
  const { g } = context;
  const flat = [...x.shape.slice(0, axis), sizeOfShape(x.shape.slice(axis))];
  return flow(reshape(g, compute(g, reshape(g, context.plain(x), flat)), x.shape));
}

const layerNormalization: Operator = (context, view) => {
  const x = view.input(0);
  const axis = axisOf(view.int('axis', -1), rankOf(x));
  const epsilon = view.float('epsilon', 1e-5);
  const normal = overLast(context, x, axis, (g, value) => normalize(g, value, epsilon));
  return [affine(context, normal, view.optional(1), view.optional(2))];
};

const rmsNormalization: Operator = (context, view) => {
  const x = view.input(0);
  const axis = axisOf(view.int('axis', -1), rankOf(x));
  const epsilon = view.float('epsilon', 1e-5);
  const normal = overLast(context, x, axis, (g, value) =>
    multiply(g, value, rsqrt(g, add(g, reduceMean(g, square(g, value), [-1], true), g.scalar(epsilon)))),
  );
  return [affine(context, normal, view.optional(1), undefined)];
};

/** Groups of channels of [B, C, …], each with all its positions. */
function inGroups(context: Context, x: Traced, groups: number, epsilon: number): Traced {
  const { g } = context;
  const batch = must(x.shape[0], 'a batch');
  const flat = reshape(g, context.plain(x), [batch, groups, sizeOfShape(x.shape) / (batch * groups)]);
  return flow(reshape(g, normalize(g, flat, epsilon), x.shape));
}

/** A vector over the channels of [B, C, …]. */
function overChannels(context: Context, vector: Traced, x: Traced): Traced {
  const channels = must(x.shape[1], 'channels');
  const own = must(vector.shape[0], 'a vector');
  const { g } = context;
  const whole =
    own === channels
      ? context.plain(vector)
      : // One number for each group.
        reshape(
          g,
          multiply(
            g,
            reshape(g, context.plain(vector), [own, 1]),
            g.constant(new Float32Array(channels / own).fill(1), [1, channels / own]),
          ),
          [channels],
        );
  return flow(
    reshape(
      g,
      whole,
      x.shape.map((_, i) => (i === 1 ? channels : 1)),
    ),
  );
}

const groupNormalization: Operator = (context, view) => {
  const x = view.input(0);
  const normal = inGroups(context, x, view.int('num_groups', 1), view.float('epsilon', 1e-5));
  return [affine(context, normal, overChannels(context, view.input(1), x), overChannels(context, view.input(2), x))];
};

const instanceNormalization: Operator = (context, view) => {
  const x = view.input(0);
  const normal = inGroups(context, x, must(x.shape[1], 'channels'), view.float('epsilon', 1e-5));
  return [affine(context, normal, overChannels(context, view.input(1), x), overChannels(context, view.input(2), x))];
};

const lpNormalization: Operator = (context, view) => {
  const x = view.input(0);
  if (view.int('p', 2) !== 2) throw new NoGradient('a norm other than the second');
  const axis = axisOf(view.int('axis', -1), rankOf(x));
  const { g } = context;
  const value = context.plain(x);
  const norm = sqrt(g, add(g, reduceSum(g, square(g, value), [axis], true), g.scalar(TINY)));
  return [flow(divide(g, value, norm))];
};

const softmaxOver: Operator = (context, view) => {
  const { g } = context;
  const x = view.input(0);
  if (context.opset >= 13) return [flow(softmax(g, context.plain(x), axisOf(view.int('axis', -1), rankOf(x))))];
  // Until opset 12 all axes from this one on were one.
  const axis = axisOf(view.int('axis', 1), rankOf(x));
  return [overLast(context, x, axis, (graph, value) => softmax(graph, value))];
};

const logSoftmaxOver: Operator = (context, view) =>
  softmaxOver(context, view).map((one) => flow(log(context.g, context.plain(one))));

type Reduce = (g: GraphBuilder, x: Value, axes: readonly number[], keep: boolean) => Value;

/** The axes of a reduction, from an input or an attribute; none given means all. */
function axesOf(context: Context, view: NodeView, x: Traced): readonly number[] {
  const given = view.optional(1);
  const list = given === undefined ? view.ints('axes') : [...context.known(given, 'the axes').data];
  if (list === undefined || list.length === 0) {
    return view.int('noop_with_empty_axes', 0) === 1 ? [] : x.shape.map((_, i) => i);
  }
  return list.map((axis) => axisOf(axis, rankOf(x)));
}

function reduction(reduce: Reduce, fold: (values: readonly number[]) => number): Operator {
  return (context, view) => {
    const { g } = context;
    const x = view.input(0);
    const axes = axesOf(context, view, x);
    const keep = view.int('keepdims', 1) === 1;
    if (axes.length === 0) return [x];
    if (context.isKnown(x)) return [knownValue(reduceKnown(context.known(x, 'numbers'), axes, keep, fold))];
    if (x.kind === 'flow' && x.form === 'image') {
      const own = axes.map((axis) => must([0, 3, 1, 2][axis], 'an axis of images'));
      if (keep) return [flow(reduce(g, context.image(x), own, true), 'image')];
      // Without these axes the others may not be in the file's order.
      const kept = reduce(g, context.image(x), own, true);
      const shape = x.shape.filter((_, i) => !axes.includes(i));
      return [flow(reshape(g, context.plain(flow(kept, 'image')), shape))];
    }
    return [flow(reduce(g, context.plain(x), axes, keep))];
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Entries of an axis of which a maximum is taken one by one. */
const FEW = 64;

function maximumOfFew(context: Context, x: Traced, axes: readonly number[], keep: boolean): Traced {
  const { g } = context;
  let value = context.plain(x);
  for (const axis of axes) {
    const length = must(value.shape[axis], 'an axis');
    if (length > FEW) throw new NoGradient(`a maximum over ${length} entries`);
    const entries = Array.from({ length }, (_, i) => slice(g, value, axis, i, 1));
    value = entries.reduce((most, entry) => maximum(g, most, entry));
  }
  const shape = x.shape.filter((_, i) => !axes.includes(i));
  return flow(keep ? value : reshape(g, value, shape));
}

const maximumOver: Operator = (context, view) => {
  const x = view.input(0);
  const axes = axesOf(context, view, x);
  const keep = view.int('keepdims', 1) === 1;
  if (context.isKnown(x)) {
    return [knownValue(reduceKnown(context.known(x, 'numbers'), axes, keep, (values) => Math.max(...values)))];
  }
  const [, , height, width] = x.shape;
  const isPool = x.shape.length === 4 && [...axes].sort().join() === '2,3';
  if (!isPool || height === undefined || width === undefined) return [maximumOfFew(context, x, axes, keep)];
  const pooled = flow(maxPool(context.g, context.image(x), [height, width]), 'image');
  return [keep ? pooled : flow(reshape(context.g, context.plain(pooled), x.shape.slice(0, 2)))];
};

export const NORMALIZATION: Readonly<Record<string, Operator>> = {
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  SimplifiedLayerNormalization: rmsNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LpNormalization: lpNormalization,
  Softmax: softmaxOver,
  LogSoftmax: logSoftmaxOver,
  ReduceMean: reduction(reduceMean, (values) => sum(values) / values.length),
  ReduceSum: reduction(reduceSum, sum),
  ReduceSumSquare: reduction(
    (g, x, axes, keep) => reduceSum(g, square(g, x), axes, keep),
    (values) => sum(values.map((one) => one * one)),
  ),
  ReduceL2: reduction(
    (g, x, axes, keep) => sqrt(g, add(g, reduceSum(g, square(g, x), axes, keep), g.scalar(TINY))),
    (values) => Math.hypot(...values),
  ),
  ReduceLogSumExp: reduction(
    (g, x, axes, keep) => log(g, reduceSum(g, exp(g, x), axes, keep)),
    (values) => Math.log(sum(values.map(Math.exp))),
  ),
  ReduceProd: reduction(
    () => {
      throw new NoGradient('a product over axes');
    },
    (values) => values.reduce((a, b) => a * b, 1),
  ),
  ReduceMax: maximumOver,
  ReduceMin: reduction(
    () => {
      throw new NoGradient('a minimum over axes');
    },
    (values) => Math.min(...values),
  ),
};
