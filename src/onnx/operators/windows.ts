// Convolutions and pools.
import type { Value } from '../../graph/graph.js';
import { LOWEST } from '../../graph/host-tensor.js';
import { add, multiply, subtract } from '../../graph/operations/arithmetic.js';
import { rsqrt } from '../../graph/operations/elementwise.js';
import { pad, slice } from '../../graph/operations/concat.js';
import { conv2d, conv2dInputGradient } from '../../graph/operations/conv2d.js';
import { depthwiseConv2d } from '../../graph/operations/depthwise-conv2d.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { normalize } from '../../graph/operations/normalize.js';
import { averagePool, maxPool } from '../../graph/operations/pool.js';
import { reduceMean } from '../../graph/operations/reduce.js';
import { reshape } from '../../graph/operations/reshape.js';
import { transpose } from '../../graph/operations/transpose.js';
import type { Margins2d } from '../../graph/operations/window.js';
import { must } from '../../system/must.js';
import type { FileNode } from '../file-model.js';
import { boundedCount, sizeOfShape } from '../known.js';
import { NodeView, type Operator } from '../node-view.js';
import { type Context, NoGradient, type Traced, flow } from '../traced.js';

type Pair = readonly [number, number];

interface FileWindow {
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly margins: Margins2d;
}

function pairOf(list: readonly number[] | undefined, otherwise: number): Pair {
  return [list?.[0] ?? otherwise, list?.[1] ?? otherwise];
}

/** Of a window over an image [B, C, H, W]; `ceil` adds margin at the end for a last, partial window. */
function windowOf(view: NodeView, shape: readonly number[], size: Pair, ceil = false): FileWindow {
  const strides = pairOf(view.ints('strides'), 1);
  const dilations = pairOf(view.ints('dilations'), 1);
  const pads = view.ints('pads') ?? [0, 0, 0, 0];
  const auto = view.text('auto_pad', 'NOTSET');
  const margin = (axis: 0 | 1): Pair => {
    const length = must(shape[axis + 2], 'a side');
    const extent = (size[axis] - 1) * dilations[axis] + 1;
    if (auto.startsWith('SAME')) {
      const total = Math.max((Math.ceil(length / strides[axis]) - 1) * strides[axis] + extent - length, 0);
      const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)];
      return auto === 'SAME_LOWER' ? [large, small] : [small, large];
    }
    if (auto === 'VALID') return [0, 0];
    const [before, after] = [pads[axis] ?? 0, pads[axis + 2] ?? 0];
    const rest = (length + before + after - extent) % strides[axis];
    // A last window that would begin beyond the image and its first margin is left out.
    const starts = Math.ceil((length + before + after - extent) / strides[axis]) * strides[axis];
    const more = ceil && rest > 0 && starts < length + before ? strides[axis] - rest : 0;
    return [before, after + more];
  };
  return { size, strides, dilations, margins: [margin(0), margin(1)] };
}

/** Whether a convolution cuts the image into patches that do not overlap: a product of matrices then, and an easy gradient. */
export function cutsPatches(node: FileNode, kernel: readonly number[]): boolean {
  const list = (name: string): readonly number[] => {
    const value = node.attributes.get(name)?.value;
    return Array.isArray(value) ? value.map(Number) : [];
  };
  const strides = list('strides');
  const [, , height, width] = kernel;
  if (kernel.length !== 4 || height === undefined || width === undefined || height * width === 1) return false;
  const isWhole = strides[0] === height && strides[1] === width;
  const group = node.attributes.get('group')?.value ?? 1;
  const auto = node.attributes.get('auto_pad')?.value ?? 'NOTSET';
  return (
    isWhole &&
    group === 1 &&
    list('pads').every((n) => n === 0) &&
    list('dilations').every((n) => n === 1) &&
    (auto === 'NOTSET' || auto === 'VALID')
  );
}

const conv: Operator = (context, view) => {
  const [x, w] = [view.input(0), view.input(1)];
  if (x.shape.length === 3) return [overLength(context, view)];
  if (x.shape.length !== 4) throw new NoGradient(`a convolution of an array of rank ${x.shape.length}`);
  const bias = view.optional(2);
  if (cutsPatches(view.node, w.shape)) return [patches(context, x, w, bias)];
  return [convolved(context, view, x, w, bias)];
};

function convolved(context: Context, view: NodeView, x: Traced, w: Traced, bias: Traced | undefined): Traced {
  const { g } = context;
  const [outs, perGroup, height, width] = fourOf(w.shape);
  const group = view.int('group', 1);
  const { strides, dilations, margins } = windowOf(view, x.shape, [height, width]);
  const vector = bias === undefined ? undefined : context.plain(bias);
  const options = { strides, dilations, padding: margins, bias: vector };
  const isDepthwise = perGroup === 1 && group === outs && group === x.shape[1];
  const image = context.image(x);
  const y = isDepthwise
    ? depthwiseConv2d(g, image, context.kernel(w, 'depthwiseKernel'), options)
    : conv2d(g, image, context.kernel(w, 'kernel'), options);
  context.count(sizeOfShape(y.shape) * perGroup * height * width);
  return flow(y, 'image');
}

/** Of arrays [B, C, L]: as images of one row. */
function overLength(context: Context, view: NodeView): Traced {
  const { g } = context;
  const wide = (x: Traced): Traced => {
    const [a, b, length] = x.shape;
    return flow(reshape(g, context.plain(x), [a ?? 1, b ?? 1, 1, length ?? 1]));
  };
  const [x, w] = [wide(view.input(0)), wide(view.input(1))];
  const pads = view.ints('pads') ?? [0, 0];
  const [stride = 1] = view.ints('strides') ?? [];
  const [dilation = 1] = view.ints('dilations') ?? [];
  const attributes = new Map(view.node.attributes);
  const set = (name: string, value: readonly number[]): void =>
    void attributes.set(name, { name, type: 'ints', value });
  set('pads', [0, pads[0] ?? 0, 0, pads[1] ?? 0]);
  set('strides', [1, stride]);
  set('dilations', [1, dilation]);
  const row = new NodeView({ ...view.node, attributes }, view.inputs);
  const y = convolved(context, row, x, w, view.optional(2));
  return flow(reshape(g, context.plain(y), [y.shape[0] ?? 1, y.shape[1] ?? 1, y.shape[3] ?? 1]));
}

/** [B, C, h·p, w·q] by a kernel [O, C, p, q]: each patch a row, the kernel a matrix. */
function patches(context: Context, x: Traced, w: Traced, bias: Traced | undefined): Traced {
  const { g } = context;
  const [batch, channels, height, width] = fourOf(x.shape);
  const [outs, , p, q] = fourOf(w.shape);
  const [rows, columns] = [Math.floor(height / p), Math.floor(width / q)];
  if (rows < 1 || columns < 1) throw new NoGradient(`an image of ${height}×${width} for patches of ${p}×${q}`);
  const whole = slice(g, slice(g, context.plain(x), 2, 0, rows * p), 3, 0, columns * q);
  const cut = transpose(g, reshape(g, whole, [batch * channels, rows, p, columns * q]), [0, 1, 3, 2]);
  // [B, C, h, w, q, p] to [B, h, w, C, p, q], in two steps of rank 5: some backends take no more.
  const apart = transpose(g, reshape(g, cut, [batch, channels, rows * columns, q, p]), [0, 2, 1, 4, 3]);
  const matrix = reshape(g, context.plain(w), [outs, channels * p * q]);
  const products = matMul(g, reshape(g, apart, [batch * rows * columns, channels * p * q]), matrix, {
    transposeB: true,
  });
  context.count(batch * rows * columns * outs * channels * p * q);
  const shifted = bias === undefined ? products : add(g, products, context.plain(bias));
  return flow(reshape(g, shifted, [batch, rows, columns, outs], 'image'), 'image');
}

const convTranspose: Operator = (context, view) => {
  const { g } = context;
  const [x, w] = [view.input(0), view.input(1)];
  const [, , height, width] = fourOf(x.shape);
  const [, outsPerGroup, p, q] = fourOf(w.shape);
  const groups = view.int('group', 1);
  const strides = pairOf(view.ints('strides'), 1);
  const dilations = pairOf(view.ints('dilations'), 1);
  const pads = view.ints('pads') ?? [0, 0, 0, 0];
  const extra = pairOf(view.ints('output_padding'), 0);
  if (view.has('output_shape') || view.text('auto_pad', 'NOTSET') !== 'NOTSET')
    throw new NoGradient('a transposed convolution with an output shape');
  const along = (length: number, size: number, axis: 0 | 1): number =>
    (length - 1) * strides[axis] +
    extra[axis] +
    (size - 1) * dilations[axis] +
    1 -
    (pads[axis] ?? 0) -
    (pads[axis + 2] ?? 0);
  const size: Pair = [along(height, p, 0), along(width, q, 1)];
  const margins: Margins2d = [
    [pads[0] ?? 0, pads[2] ?? 0],
    [pads[1] ?? 0, pads[3] ?? 0],
  ];
  // As the kernel of the convolution whose transpose this is: its outputs are this one's inputs.
  const kernel = transpose(g, context.plain(w), [2, 3, 1, 0], 'kernel');
  const y = conv2dInputGradient(g, context.image(x), kernel, { strides, dilations, margins, size, groups });
  context.count(sizeOfShape(x.shape) * outsPerGroup * p * q);
  const bias = view.optional(2);
  return [flow(bias === undefined ? y : add(g, y, context.plain(bias)), 'image')];
};

const averages: Operator = (context, view) => {
  const { g } = context;
  const x = view.input(0);
  if (x.shape.length !== 4) throw new NoGradient(`a pool of an array of rank ${x.shape.length}`);
  const size = pairOf(view.ints('kernel_shape'), 1);
  const { strides, margins } = windowOf(view, x.shape, size, view.int('ceil_mode', 0) === 1);
  const image = context.image(x);
  if (view.int('count_include_pad', 0) === 0)
    return [flow(averagePool(g, image, size, { strides, padding: margins }), 'image')];
  const framed = pad(g, image, [[0, 0], ...margins, [0, 0]]);
  return [flow(averagePool(g, framed, size, { strides }), 'image')];
};

const maxima: Operator = (context, view) => {
  const { g } = context;
  const x = view.input(0);
  const size = pairOf(view.ints('kernel_shape'), 1);
  const { strides, margins, dilations } = windowOf(view, x.shape, size, view.int('ceil_mode', 0) === 1);
  if (x.shape.length !== 4 || dilations.some((one) => one !== 1) || view.outputCount > 1)
    throw new NoGradient('a dilated maximum pool');
  const isFit = margins.every(
    ([before, after], axis) => before < must(size[axis], 'a side') && after < must(size[axis], 'a side'),
  );
  if (isFit) return [flow(maxPool(g, context.image(x), size, { strides, padding: margins }), 'image')];
  const framed = padWith(context, context.image(x), margins, LOWEST);
  return [flow(maxPool(g, framed, size, { strides }), 'image')];
};

/** An image within margins of a number. */
export function padWith(context: Context, image: Value, margins: Margins2d, number: number): Value {
  const { g } = context;
  const framed = pad(g, image, [[0, 0], ...margins, [0, 0]]);
  if (number === 0) return framed;
  const [, height, width] = framed.shape;
  const [rows, columns] = [must(height, 'a height'), must(width, 'a width')];
  const isInside = (i: number): boolean => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return (
      row >= margins[0][0] && row < rows - margins[0][1] && column >= margins[1][0] && column < columns - margins[1][1]
    );
  };
  const frame = Float32Array.from({ length: boundedCount(rows * columns, 'pixels within margins') }, (_, i) =>
    isInside(i) ? 0 : number,
  );
  return add(g, framed, g.constant(frame, [1, rows, columns, 1], 'image'));
}

const globalMean: Operator = (context, view) => {
  const x = view.input(0);
  if (x.shape.length !== 4) throw new NoGradient(`a pool of an array of rank ${x.shape.length}`);
  return [flow(reduceMean(context.g, context.image(x), [1, 2], true), 'image')];
};

const globalMaximum: Operator = (context, view) => {
  const x = view.input(0);
  const [, , height, width] = fourOf(x.shape);
  return [flow(maxPool(context.g, context.image(x), [height, width]), 'image')];
};

/** γ · (x − μ) / √(σ² + ε) + β with known μ and σ²: an affine map of each channel. */
const batchNormalization: Operator = (context, view) => {
  const { g } = context;
  const x = view.input(0);
  if (view.int('training_mode', 0) === 1) return [byOwnStatistics(context, view)];
  const channels = must(x.shape[1], 'channels');
  const epsilon = view.float('epsilon', 1e-5);
  const { factor, mean } = statisticsOf(context, view, epsilon);
  const scale = multiply(g, context.plain(view.input(1)), factor);
  const shift = subtract(g, context.plain(view.input(2)), multiply(g, scale, mean));
  if (x.shape.length === 4) return [flow(add(g, multiply(g, context.image(x), scale), shift), 'image')];
  const beside = (vector: Value): Value =>
    reshape(
      g,
      vector,
      x.shape.map((_, i) => (i === 1 ? channels : 1)),
    );
  return [flow(add(g, multiply(g, context.plain(x), beside(scale)), beside(shift)))];
};

/** 1 / √(σ² + ε) and μ, as numbers where the file has them; standardised kernels compute them. */
function statisticsOf(context: Context, view: NodeView, epsilon: number): { factor: Value; mean: Value } {
  const { g } = context;
  const [mean, variance] = [view.input(3), view.input(4)];
  if (!context.isKnown(variance)) {
    const factor = rsqrt(g, add(g, context.plain(variance), g.scalar(epsilon)));
    return { factor, mean: context.plain(mean) };
  }
  const { data, shape } = context.known(variance, 'the variance');
  const factor = g.constant(
    Float32Array.from(data, (one) => 1 / Math.sqrt(one + epsilon)),
    shape,
  );
  return { factor, mean: context.plain(mean) };
}

/** Normalised by the statistics of the array itself, as standardised kernels are (arXiv 1903.10520); of one item alone, since no image may depend on others. */
function byOwnStatistics(context: Context, view: NodeView): Traced {
  const { g } = context;
  const x = view.input(0);
  const [items = 1, channels = 1] = x.shape;
  if (items !== 1) throw new NoGradient('statistics over several items');
  const rows = reshape(g, context.plain(x), [channels, sizeOfShape(x.shape) / channels]);
  const normal = normalize(g, rows, view.float('epsilon', 1e-5));
  const column = (index: number): Value => reshape(g, context.plain(view.input(index)), [channels, 1]);
  return flow(reshape(g, add(g, multiply(g, normal, column(1)), column(2)), x.shape));
}

export function fourOf(shape: readonly number[]): [number, number, number, number] {
  const [a, b, c, d] = shape;
  if (a === undefined || b === undefined || c === undefined || d === undefined || shape.length !== 4) {
    throw new NoGradient(`an array of rank ${shape.length} in place of images`);
  }
  return [a, b, c, d];
}

export const WINDOWS: Readonly<Record<string, Operator>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  AveragePool: averages,
  MaxPool: maxima,
  GlobalAveragePool: globalMean,
  GlobalMaxPool: globalMaximum,
  BatchNormalization: batchNormalization,
};
