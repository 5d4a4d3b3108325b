// What every engine must compute as tfjs's own operations and gradients do: operations over shapes, strides and paddings.
import type * as tfjs from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../../src/graph/builder.js';
import type { Value } from '../../src/graph/graph.js';
import type { Role } from '../../src/graph/host-tensor.js';
import { affine } from '../../src/graph/operations/affine.js';
import * as arithmetic from '../../src/graph/operations/arithmetic.js';
import { batchNorm } from '../../src/graph/operations/batch-norm.js';
import { concat, pad, slice } from '../../src/graph/operations/concat.js';
import { conv2d, conv2dInputGradient } from '../../src/graph/operations/conv2d.js';
import { depthwiseConv2d } from '../../src/graph/operations/depthwise-conv2d.js';
import * as elementwise from '../../src/graph/operations/elementwise.js';
import { matMul } from '../../src/graph/operations/mat-mul.js';
import { gradientReversal } from '../../src/graph/operations/gradient-reversal.js';
import { gather } from '../../src/graph/operations/gather.js';
import { normalize } from '../../src/graph/operations/normalize.js';
import { transpose } from '../../src/graph/operations/transpose.js';
import { averagePool, globalAveragePool, maxPool } from '../../src/graph/operations/pool.js';
import { broadcastTo, reduceMean, reduceSum } from '../../src/graph/operations/reduce.js';
import { flatten, reshape } from '../../src/graph/operations/reshape.js';
import { binaryCrossEntropy } from '../../src/graph/operations/binary-cross-entropy.js';
import { select } from '../../src/graph/operations/select.js';
import { logSoftmax, softmax, softmaxCrossEntropy } from '../../src/graph/operations/softmax.js';
import type { Padding } from '../../src/graph/operations/window.js';

type Tf = typeof tfjs;
type Tensor = tfjs.Tensor;

export interface Operand {
  readonly shape: readonly number[];
  readonly role: Role;
  /** Where the operation is defined, or its gradient has no jumps: any number, positive ones, or few different ones (ties). */
  readonly range: 'any' | 'positive' | 'ties';
}

export interface Case {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly build: (g: GraphBuilder, values: readonly Value[]) => Value;
  readonly oracle: (tf: Tf, tensors: readonly Tensor[]) => Tensor;
}

const operand = (role: Role, ...shape: number[]): Operand => ({ shape, role, range: 'any' });
const plain = (...shape: number[]): Operand => operand('plain', ...shape);
const image = (...shape: number[]): Operand => operand('image', ...shape);
const kernel = (...shape: number[]): Operand => operand('kernel', ...shape);
const ranged = (range: Operand['range'], given: Operand): Operand => ({ ...given, range });

const explicitly = (padding: Padding): 'same' | 'valid' | [[0, 0], [number, number], [number, number], [0, 0]] =>
  typeof padding === 'string' ? padding : [[0, 0], [...padding[0]], [...padding[1]], [0, 0]];

const convolution = (
  [batch, height, width, ins]: [number, number, number, number],
  [h, w, outs]: [number, number, number],
  strides: [number, number],
  padding: Padding,
): Case => ({
  name: `conv2d ${batch}×${height}×${width}×${ins}, ${h}×${w}×${outs}, strides ${strides.join()}, ${JSON.stringify(padding)}`,
  operands: [image(batch, height, width, ins), kernel(h, w, ins, outs), plain(outs)],
  build: (g, [x, k, bias]) => conv2d(g, x as Value, k as Value, { strides, padding, bias: bias as Value }),
  oracle: (tf, [x, k, bias]) => {
    const y = tf.conv2d(x as tfjs.Tensor4D, k as tfjs.Tensor4D, strides, explicitly(padding));
    return tf.add(y, bias as Tensor);
  },
});

/** In groups or dilated; the oracle splits channels itself, and dilates by zeros between the kernel's places. */
const groupedConvolution = (
  [batch, height, width, channels]: [number, number, number, number],
  [h, w, outs]: [number, number, number],
  {
    groups = 1,
    strides = [1, 1],
    dilations = [1, 1],
    margins = [
      [0, 0],
      [0, 0],
    ],
  }: Grouping,
): Case => ({
  name: `conv2d ${batch}×${height}×${width}×${channels}, ${h}×${w}×${outs}, ${groups} groups, strides ${strides.join()}, dilations ${dilations.join()}`,
  operands: [image(batch, height, width, channels), kernel(h, w, channels / groups, outs), plain(outs)],
  build: (g, [x, k, bias]) =>
    conv2d(g, x as Value, k as Value, { strides, dilations, padding: margins, bias: bias as Value }),
  oracle: (tf, [x, k, bias]) => {
    const padded = tf.pad(x as Tensor, [[0, 0], [...margins[0]], [...margins[1]], [0, 0]]);
    const spread = dilatedKernel(tf, k as tfjs.Tensor4D, dilations);
    if (groups === 1) return tf.add(tf.conv2d(padded as tfjs.Tensor4D, spread, strides, 'valid'), bias as Tensor);
    const kernels = tf.split(spread, groups, 3);
    const parts = tf
      .split(padded, groups, 3)
      .map((part, i) => tf.conv2d(part as tfjs.Tensor4D, kernels[i] as tfjs.Tensor4D, strides, 'valid'));
    return tf.add(tf.concat(parts, 3), bias as Tensor);
  },
});

interface Grouping {
  groups?: number;
  strides?: [number, number];
  dilations?: [number, number];
  margins?: readonly [readonly [number, number], readonly [number, number]];
}

const dilatedDepthwise = (
  [batch, height, width, channels]: [number, number, number, number],
  [h, w]: [number, number],
  dilations: [number, number],
): Case => ({
  name: `depthwiseConv2d ${batch}×${height}×${width}×${channels}, ${h}×${w}, dilations ${dilations.join()}`,
  operands: [image(batch, height, width, channels), operand('depthwiseKernel', h, w, channels, 1)],
  build: (g, [x, k]) => depthwiseConv2d(g, x as Value, k as Value, { dilations, padding: 'same' }),
  oracle: (tf, [x, k]) =>
    tf.depthwiseConv2d(x as tfjs.Tensor4D, dilatedKernel(tf, k as tfjs.Tensor4D, dilations), 1, 'same'),
});

/** The same kernel with zeros between its places. */
function dilatedKernel(tf: Tf, kernel: tfjs.Tensor4D, [down, across]: [number, number]): tfjs.Tensor4D {
  const [h, w, ins, outs] = kernel.shape;
  const wide = tf.pad(tf.reshape(kernel, [h, 1, w, 1, ins * outs]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const whole = tf.reshape(wide, [h * down, w * across, ins, outs]);
  return tf.slice(whole, [0, 0, 0, 0], [(h - 1) * down + 1, (w - 1) * across + 1, ins, outs]) as tfjs.Tensor4D;
}

const depthwise = (
  [batch, height, width, channels]: [number, number, number, number],
  [h, w]: [number, number],
  strides: [number, number],
  padding: Padding,
): Case => ({
  name: `depthwiseConv2d ${batch}×${height}×${width}×${channels}, ${h}×${w}, strides ${strides.join()}, ${JSON.stringify(padding)}`,
  operands: [image(batch, height, width, channels), operand('depthwiseKernel', h, w, channels, 1), plain(channels)],
  build: (g, [x, k, bias]) => depthwiseConv2d(g, x as Value, k as Value, { strides, padding, bias: bias as Value }),
  oracle: (tf, [x, k, bias]) => {
    const y = tf.depthwiseConv2d(x as tfjs.Tensor4D, k as tfjs.Tensor4D, strides, explicitly(padding));
    return tf.add(y, bias as Tensor);
  },
});

const pooling = (
  kind: 'max' | 'average',
  shape: [number, number, number, number],
  size: [number, number],
  strides: [number, number],
  padding: Padding,
  range: Operand['range'] = 'any',
): Case => ({
  name: `${kind}Pool ${shape.join('×')}, ${size.join('×')}, strides ${strides.join()}, ${JSON.stringify(padding)}, ${range}`,
  operands: [ranged(range, image(...shape))],
  build: (g, [x]) => (kind === 'max' ? maxPool : averagePool)(g, x as Value, size, { strides, padding }),
  oracle: (tf, [x]) => {
    if (kind === 'max') return tf.maxPool(x as tfjs.Tensor4D, size, strides, explicitly(padding));
    // tfjs's gradient of avgPool divides by the whole window at borders too: sums over counts instead.
    const ones = tf.ones<tfjs.Rank.R4>([...size, shape[3], 1]);
    const sums = (of: Tensor): Tensor => tf.depthwiseConv2d(of as tfjs.Tensor4D, ones, strides, explicitly(padding));
    return tf.div(sums(x as Tensor), sums(tf.ones(shape)));
  },
});

type Binary = 'add' | 'subtract' | 'multiply' | 'divide' | 'minimum' | 'maximum';
const binary = (name: Binary, a: Operand, b: Operand): Case => ({
  name: `${name} ${a.role} [${a.shape.join()}], ${b.role} [${b.shape.join()}]`,
  operands: [a, name === 'divide' ? ranged('positive', b) : b],
  build: (g, [x, y]) => arithmetic[name](g, x as Value, y as Value),
  oracle: (tf, [x, y]) => {
    // tfjs's gradients of minimum and maximum forget what was broadcast: repeat first.
    if (name === 'minimum' || name === 'maximum') {
      const [large, small] = a.shape.length < b.shape.length ? [b, a] : [a, b];
      const shape = large.shape.map((d, i) =>
        Math.max(d, small.shape[i - large.shape.length + small.shape.length] ?? 1),
      );
      return tf[name](tf.broadcastTo(x as Tensor, shape), tf.broadcastTo(y as Tensor, shape));
    }
    const operation = { add: tf.add, subtract: tf.sub, multiply: tf.mul, divide: tf.div }[name];
    return operation(x as Tensor, y as Tensor);
  },
});

const BROADCASTS: readonly [Operand, Operand][] = [
  [plain(3, 4), plain(3, 4)],
  [plain(), plain()],
  [plain(3, 4), plain()],
  [plain(), image(2, 3, 3, 4)],
  [plain(3, 4), plain(4)],
  [plain(4), plain(3, 4)],
  [plain(3, 4), plain(3, 1)],
  [plain(3, 4), plain(1, 4)],
  [image(2, 3, 5, 4), image(2, 3, 5, 4)],
  [image(2, 3, 5, 4), plain(4)],
  [image(2, 3, 5, 4), image(2, 1, 1, 4)],
  [image(2, 3, 5, 4), image(2, 1, 1, 1)],
  [image(2, 3, 5, 4), image(1, 3, 5, 1)],
  [plain(3, 1), plain(1, 4)],
  [plain(2, 1, 4), plain(1, 3, 4)],
  [image(2, 1, 1, 4), image(1, 3, 5, 1)],
  [kernel(3, 2, 4, 5), plain()],
  [kernel(3, 2, 4, 5), plain(5)],
  [kernel(3, 2, 4, 5), kernel(1, 1, 4, 5)],
  [kernel(1, 1, 4, 5), kernel(1, 1, 1, 5)],
  [kernel(1, 1, 4, 5), plain(5)],
  [operand('depthwiseKernel', 3, 3, 4, 1), operand('depthwiseKernel', 1, 1, 4, 1)],
];

type Unary =
  | 'relu'
  | 'relu6'
  | 'sigmoid'
  | 'exp'
  | 'abs'
  | 'square'
  | 'negate'
  | 'log'
  | 'sqrt'
  | 'reciprocal'
  | 'rsqrt'
  | 'swish'
  | 'hardSigmoid'
  | 'hardSwish'
  | 'tanh'
  | 'gelu'
  | 'tanhGelu'
  | 'erf';
const UNARIES: readonly [Unary, Operand['range'], (tf: Tf, x: Tensor) => Tensor][] = [
  ['relu', 'any', (tf, x) => tf.relu(x)],
  ['relu6', 'any', (tf, x) => tf.relu6(x)],
  ['sigmoid', 'any', (tf, x) => tf.sigmoid(x)],
  ['swish', 'any', (tf, x) => tf.mul(x, tf.sigmoid(x))],
  ['exp', 'any', (tf, x) => tf.exp(x)],
  ['hardSigmoid', 'any', (tf, x) => tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6)],
  ['hardSwish', 'any', (tf, x) => tf.mul(x, tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6))],
  ['gelu', 'any', (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1))],
  [
    'tanhGelu',
    'any',
    (tf, x) =>
      tf.mul(
        tf.mul(x, 0.5),
        tf.add(tf.tanh(tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI))), 1),
      ),
  ],
  ['tanh', 'any', (tf, x) => tf.tanh(x)],
  ['erf', 'any', (tf, x) => tf.erf(x)],
  ['abs', 'any', (tf, x) => tf.abs(x)],
  ['square', 'any', (tf, x) => tf.square(x)],
  ['negate', 'any', (tf, x) => tf.neg(x)],
  ['log', 'positive', (tf, x) => tf.log(x)],
  ['sqrt', 'positive', (tf, x) => tf.sqrt(x)],
  ['reciprocal', 'positive', (tf, x) => tf.reciprocal(x)],
  ['rsqrt', 'positive', (tf, x) => tf.rsqrt(x)],
];

const reduction = (
  name: 'reduceSum' | 'reduceMean',
  x: Operand,
  axes: number[] | undefined,
  keepDims: boolean,
): Case => ({
  name: `${name} of ${x.role} [${x.shape.join()}] over ${axes?.join() ?? 'all'}${keepDims ? ', kept' : ''}`,
  operands: [x],
  build: (g, [value]) => (name === 'reduceSum' ? reduceSum : reduceMean)(g, value as Value, axes, keepDims),
  oracle: (tf, [tensor]) => (name === 'reduceSum' ? tf.sum : tf.mean)(tensor as Tensor, axes, keepDims),
});

const reshaping = (from: Operand, to: Operand): Case => ({
  name: `reshape ${from.role} [${from.shape.join()}] to ${to.role} [${to.shape.join()}]`,
  operands: [from],
  build: (g, [x]) => reshape(g, x as Value, to.shape, to.role),
  oracle: (tf, [x]) => tf.reshape(x as Tensor, [...to.shape]),
});

const joining = (axis: number, ...parts: Operand[]): Case => ({
  name: `concat of ${parts.map(({ role, shape }) => `${role} [${shape.join()}]`).join(' and ')} along ${axis}`,
  operands: parts,
  build: (g, values) => concat(g, values, axis),
  oracle: (tf, tensors) => tf.concat([...tensors], axis),
});

const cutting = (x: Operand, axis: number, begin: number, size: number): Case => ({
  name: `slice ${begin} … ${begin + size} of ${x.role} [${x.shape.join()}] along ${axis}`,
  operands: [x],
  build: (g, [value]) => slice(g, value as Value, axis, begin, size),
  oracle: (tf, [tensor]) =>
    tf.slice(
      tensor as Tensor,
      x.shape.map((_, i) => (i === axis ? begin : 0)),
      x.shape.map((d, i) => (i === axis ? size : d)),
    ),
});

const padding = (x: Operand, ...margins: [number, number][]): Case => ({
  name: `pad ${x.role} [${x.shape.join()}] by ${JSON.stringify(margins)}`,
  operands: [x],
  build: (g, [value]) => pad(g, value as Value, margins),
  oracle: (tf, [tensor]) => tf.pad(tensor as Tensor, margins),
});

const repeating = (x: Operand, ...shape: number[]): Case => ({
  name: `broadcastTo [${shape.join()}] of ${x.role} [${x.shape.join()}]`,
  operands: [x],
  build: (g, [value]) => broadcastTo(g, value as Value, shape),
  oracle: (tf, [tensor]) => tf.broadcastTo(tensor as Tensor, shape),
});

const product = (transposeA: boolean, transposeB: boolean, m: number, k: number, n: number): Case => ({
  name: `matMul ${m}×${k}×${n}${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`,
  operands: [transposeA ? plain(k, m) : plain(m, k), transposeB ? plain(n, k) : plain(k, n)],
  build: (g, [a, b]) => matMul(g, a as Value, b as Value, { transposeA, transposeB }),
  oracle: (tf, [a, b]) => tf.matMul(a as Tensor, b as Tensor, transposeA, transposeB),
});

/** Of several matrices at once. */
const products = (transposeA: boolean, transposeB: boolean): Case => ({
  ...product(transposeA, transposeB, 3, 4, 5),
  name: `matMul of two pairs${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`,
  operands: [plain(2, ...(transposeA ? [4, 3] : [3, 4])), plain(2, ...(transposeB ? [5, 4] : [4, 5]))],
});

const turning = (x: Operand, permutation: number[], role: Role = 'plain'): Case => ({
  name: `transpose of ${x.role} [${x.shape.join()}] by ${permutation.join()} to ${role}`,
  operands: [x],
  build: (g, [value]) => transpose(g, value as Value, permutation, role),
  oracle: (tf, [tensor]) => tf.transpose(tensor as Tensor, permutation),
});

const gathering = (x: Operand, axis: number, indices: number[]): Case => ({
  name: `gather ${indices.join()} of ${x.role} [${x.shape.join()}] along ${axis}`,
  operands: [x],
  build: (g, [value]) => gather(g, value as Value, axis, indices),
  oracle: (tf, [tensor]) => {
    // tfjs's own gradient of gather fails on some ranks: a product with ones and zeros instead.
    const order = x.shape.map((_, i) => (i === 0 ? axis : i <= axis ? i - 1 : i));
    const first = tf.transpose(tensor as Tensor, order);
    const ones = tf.oneHot(tf.tensor1d(indices, 'int32'), x.shape[axis] as number);
    const picked = tf.matMul(tf.cast(ones, 'float32'), tf.reshape(first, [x.shape[axis] as number, -1]));
    const turned = tf.reshape(picked, [indices.length, ...first.shape.slice(1)]);
    return tf.transpose(
      turned,
      order.map((_, i) => order.indexOf(i)),
    );
  },
});

const normalization = (x: Operand): Case => ({
  name: `normalize of [${x.shape.join()}]`,
  operands: [x],
  build: (g, [value]) => normalize(g, value as Value, 1e-3),
  oracle: (tf, [tensor]) => {
    const centred = tf.sub(tensor as Tensor, tf.mean(tensor as Tensor, -1, true));
    return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-3)));
  },
});

const softmaxOver = (x: Operand, axis: number): Case => ({
  name: `softmax of [${x.shape.join()}] along ${axis}`,
  operands: [x],
  build: (g, [value]) => softmax(g, value as Value, axis),
  oracle: (tf, [tensor]) => {
    const powers = tf.exp(tensor as Tensor);
    return tf.div(powers, tf.sum(powers, axis, true));
  },
});

const raising = (exponent: number, range: Operand['range']): Case => ({
  name: `power ${exponent}`,
  operands: [ranged(range, plain(3, 5))],
  build: (g, [value]) => elementwise.power(g, value as Value, exponent),
  oracle: (tf, [tensor]) => tf.pow(tensor as Tensor, tf.scalar(exponent)),
});

const SQUARE_MARGINS = [
  [1, 1],
  [1, 1],
] as const;
const TRANSPOSED = {
  strides: [2, 2],
  dilations: [1, 1],
  margins: [
    [0, 0],
    [0, 0],
  ],
  size: [7, 8],
  groups: 1,
} as const;

/** The oracle's own gradient: that of the identity, times −factor. */
const reversal = (given: Operand, factor: number): Case => ({
  name: `gradientReversal ${given.role} [${given.shape.join()}] by ${factor}`,
  operands: [given],
  build: (g, [x]) => gradientReversal(g, x as Value, g.scalar(factor)),
  oracle: (tf, [x]) =>
    tf.customGrad((one) => {
      const tensor = one as Tensor;
      return { value: tf.clone(tensor), gradFunc: (dy: Tensor) => tf.mul(dy, -factor) };
    })(x as Tensor),
});

/** Of images whose mean lies so many deviations off zero. */
const batchNormalization = (
  [batch, height, width, channels]: [number, number, number, number],
  offset: number,
): Case => ({
  name: `batchNorm ${batch}×${height}×${width}×${channels}, offset ${offset}`,
  operands: [image(batch, height, width, channels), plain(channels), plain(channels)],
  build: (g, [x, gamma, beta]) =>
    batchNorm(g, [arithmetic.add(g, x as Value, g.scalar(offset)), gamma as Value, beta as Value], 1e-3).y,
  oracle: (tf, [x, gamma, beta]) => {
    const axes = [0, 1, 2];
    const moved = tf.add(x as Tensor, offset);
    const centred = tf.sub(moved, tf.mean(moved, axes));
    const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), axes), 1e-3));
    return tf.add(tf.mul(tf.div(centred, deviation), gamma as Tensor), beta as Tensor);
  },
});

export const CASES: readonly Case[] = [
  batchNormalization([2, 3, 5, 4], 0),
  batchNormalization([3, 12, 13, 6], 0),
  batchNormalization([3, 12, 13, 6], 10),
  batchNormalization([4, 1, 1, 5], 3),
  batchNormalization([1, 1, 1, 3], 1),
  {
    name: 'affine',
    operands: [image(2, 5, 4, 6), plain(6), plain(6)],
    build: (g, [x, scale, shift]) => affine(g, x as Value, scale as Value, shift as Value),
    oracle: (tf, [x, scale, shift]) => tf.add(tf.mul(x as Tensor, scale as Tensor), shift as Tensor),
  },
  ...[1, 0].flatMap((condition): Case[] =>
    [plain(2, 3), kernel(1, 1, 4, 6), image(2, 3, 4, 5)].map((shaped) => ({
      name: `select by ${condition} of ${shaped.role} [${shaped.shape.join(', ')}]`,
      operands: [shaped, shaped],
      build: (g, [a, b]) => select(g, g.scalar(condition), a as Value, b as Value),
      oracle: (tf, [a, b]) => tf.add(tf.mul(a as Tensor, condition), tf.mul(b as Tensor, 1 - condition)),
    })),
  ),
  reversal(plain(5, 3), 0.7),
  reversal(image(2, 3, 4, 3), 2),
  convolution([2, 7, 7, 3], [3, 3, 4], [1, 1], 'same'),
  convolution([2, 7, 7, 3], [3, 3, 4], [1, 1], 'valid'),
  convolution([2, 8, 7, 3], [3, 3, 4], [2, 2], 'same'),
  convolution([2, 8, 7, 3], [3, 3, 4], [2, 2], 'valid'),
  convolution([1, 9, 6, 2], [3, 2, 3], [2, 1], 'same'),
  convolution(
    [2, 9, 8, 3],
    [5, 3, 2],
    [3, 2],
    [
      [2, 1],
      [0, 2],
    ],
  ),
  convolution(
    [2, 8, 8, 3],
    [7, 7, 4],
    [2, 2],
    [
      [3, 3],
      [3, 3],
    ],
  ),
  convolution([2, 6, 6, 3], [1, 1, 5], [1, 1], 'same'),
  convolution([2, 6, 7, 3], [1, 1, 5], [2, 2], 'valid'),
  convolution(
    [2, 6, 6, 3],
    [1, 1, 5],
    [1, 1],
    [
      [1, 0],
      [0, 1],
    ],
  ),
  convolution([2, 8, 6, 16], [1, 1, 5], [1, 1], 'same'),
  convolution([3, 6, 8, 5], [1, 1, 18], [1, 1], 'same'),
  convolution([2, 5, 5, 20], [3, 3, 24], [1, 1], 'same'),
  convolution([2, 5, 5, 24], [3, 3, 60], [1, 1], 'same'),
  convolution([2, 8, 7, 18], [3, 3, 20], [2, 2], 'same'),
  convolution([2, 9, 9, 17], [3, 3, 4], [2, 3], 'valid'),
  convolution(
    [1, 6, 5, 16],
    [2, 3, 8],
    [1, 1],
    [
      [0, 1],
      [2, 0],
    ],
  ),
  convolution([3, 6, 6, 32], [1, 1, 16], [2, 2], 'same'),
  convolution([6, 5, 5, 3], [3, 3, 8], [1, 1], 'same'),
  // Fewer channels than a block has, into blocks.
  convolution([1, 33, 33, 3], [3, 3, 16], [1, 1], 'same'),
  convolution([2, 50, 49, 3], [3, 3, 32], [2, 2], 'valid'),
  convolution([1, 6, 6, 12], [3, 3, 18], [1, 1], 'valid'),
  convolution([1, 6, 6, 9], [3, 3, 12], [2, 2], 'same'),
  convolution([2, 4, 4, 3], [4, 4, 5], [1, 1], 'valid'),
  convolution([1, 1, 1, 6], [1, 1, 3], [1, 1], 'valid'),
  depthwise([2, 7, 7, 3], [3, 3], [1, 1], 'same'),
  depthwise([2, 7, 9, 16], [3, 3], [1, 1], 'same'),
  depthwise([4, 8, 7, 8], [3, 3], [2, 2], 'same'),
  depthwise([2, 8, 7, 32], [5, 5], [2, 2], 'same'),
  depthwise([2, 9, 8, 16], [3, 3], [2, 2], 'valid'),
  depthwise([2, 8, 7, 5], [3, 3], [2, 2], 'same'),
  depthwise([2, 8, 7, 5], [3, 3], [2, 2], 'valid'),
  depthwise([2, 9, 9, 4], [5, 5], [2, 2], 'same'),
  depthwise(
    [1, 8, 8, 4],
    [3, 3],
    [2, 2],
    [
      [0, 1],
      [0, 1],
    ],
  ),
  depthwise([2, 6, 6, 17], [3, 3], [1, 1], 'valid'),
  depthwise(
    [2, 7, 6, 5],
    [3, 3],
    [2, 1],
    [
      [2, 1],
      [0, 2],
    ],
  ),
  groupedConvolution([2, 6, 5, 4], [3, 3, 6], { groups: 2 }),
  groupedConvolution([2, 7, 6, 40], [3, 3, 40], { groups: 2, strides: [2, 1], margins: SQUARE_MARGINS }),
  groupedConvolution([2, 5, 5, 6], [1, 1, 9], { groups: 3 }),
  groupedConvolution([1, 6, 6, 3], [3, 3, 6], { groups: 3, margins: SQUARE_MARGINS }),
  groupedConvolution([2, 9, 8, 3], [3, 3, 4], { dilations: [2, 1] }),
  groupedConvolution([2, 9, 8, 18], [3, 2, 4], { dilations: [2, 2], margins: SQUARE_MARGINS }),
  groupedConvolution([1, 9, 8, 6], [3, 3, 4], { groups: 2, dilations: [2, 3] }),
  dilatedDepthwise([2, 8, 7, 5], [3, 3], [2, 2]),
  dilatedDepthwise([2, 8, 7, 16], [3, 3], [2, 2]),
  {
    name: 'conv2dInputGradient as an operation of its own: a transposed convolution',
    operands: [image(2, 3, 4, 5), kernel(3, 2, 4, 5)],
    build: (g, [x, k]) => conv2dInputGradient(g, x as Value, k as Value, TRANSPOSED),
    oracle: (tf, [x, k]) => tf.conv2dTranspose(x as tfjs.Tensor4D, k as tfjs.Tensor4D, [2, 7, 8, 4], [2, 2], 'valid'),
  },
  pooling('max', [2, 7, 7, 3], [3, 3], [2, 2], 'valid'),
  pooling('max', [2, 8, 7, 3], [3, 3], [2, 2], 'same'),
  pooling('max', [2, 6, 6, 3], [2, 2], [2, 2], 'valid'),
  pooling(
    'max',
    [1, 7, 6, 2],
    [3, 2],
    [1, 2],
    [
      [1, 1],
      [0, 1],
    ],
  ),
  pooling('max', [2, 7, 7, 3], [3, 3], [2, 2], 'valid', 'ties'),
  pooling('max', [2, 8, 8, 3], [3, 3], [2, 2], 'same', 'ties'),
  pooling('max', [2, 6, 6, 2], [3, 3], [1, 1], 'same', 'ties'),
  // In blocks of channels.
  ...(['any', 'ties'] as const).flatMap((range) => [
    pooling('max', [2, 7, 7, 32], [3, 3], [2, 2], 'valid', range),
    pooling('max', [2, 8, 7, 32], [3, 3], [2, 2], 'valid', range),
    pooling('max', [1, 81, 80, 32], [3, 3], [2, 2], 'valid', range),
    pooling('max', [1, 8, 7, 16], [3, 3], [2, 2], 'same', range),
    pooling('max', [3, 6, 5, 16], [3, 3], [1, 1], 'same', range),
    pooling('max', [2, 6, 7, 16], [2, 2], [2, 2], 'valid', range),
    pooling('max', [2, 9, 12, 16], [5, 4], [2, 3], 'same', range),
    pooling('max', [2, 7, 6, 16], [1, 3], [1, 2], 'valid', range),
    pooling('max', [2, 7, 6, 16], [2, 2], [3, 3], 'valid', range),
    pooling(
      'max',
      [2, 9, 8, 16],
      [3, 3],
      [2, 2],
      [
        [1, 1],
        [1, 1],
      ],
      range,
    ),
  ]),
  pooling('average', [2, 7, 7, 3], [3, 3], [2, 2], 'valid'),
  pooling('average', [2, 8, 7, 3], [3, 3], [2, 2], 'same'),
  pooling('average', [2, 6, 6, 3], [3, 3], [1, 1], 'same'),
  pooling('average', [2, 6, 6, 3], [2, 2], [2, 2], 'valid'),
  pooling(
    'average',
    [2, 7, 6, 3],
    [3, 2],
    [2, 1],
    [
      [1, 2],
      [1, 0],
    ],
  ),
  {
    name: 'globalAveragePool',
    operands: [image(3, 4, 5, 6)],
    build: (g, [x]) => globalAveragePool(g, x as Value),
    oracle: (tf, [x]) => tf.mean(x as Tensor, [1, 2]),
  },
  ...(['add', 'subtract', 'multiply', 'divide', 'minimum', 'maximum'] as const).flatMap((name) =>
    BROADCASTS.map(([a, b]) => binary(name, a, b)),
  ),
  ...UNARIES.flatMap(([name, range, oracle]) =>
    [plain(3, 5), image(2, 3, 4, 5)].map((x): Case => ({
      name: `${name} of ${x.role}`,
      operands: [ranged(range, x)],
      build: (g, [value]) => elementwise[name](g, value as Value),
      oracle: (tf, [tensor]) => oracle(tf, tensor as Tensor),
    })),
  ),
  ...[[0], [1], [2], [3], [1, 2], [0, 1, 2], [0, 3], [-1], undefined].flatMap((axes) =>
    [image(2, 3, 4, 5), kernel(2, 3, 4, 5), kernel(1, 1, 4, 5)].flatMap((x) =>
      [true, false].map((kept) => reduction('reduceSum', x, axes, kept)),
    ),
  ),
  reduction('reduceMean', image(2, 3, 4, 5), [1, 2], true),
  reduction('reduceMean', plain(2, 3), [1], false),
  reduction('reduceMean', plain(2, 3), undefined, false),
  reduction('reduceSum', plain(3, 4), [0], false),
  reshaping(plain(2, 12), plain(2, 3, 4)),
  reshaping(plain(2, 60), image(2, 3, 4, 5)),
  reshaping(image(2, 3, 4, 5), plain(6, 20)),
  reshaping(image(2, 3, 4, 5), image(2, 4, 3, 5)),
  reshaping(image(2, 1, 1, 5), plain(2, 5)),
  reshaping(plain(4, 6), kernel(1, 1, 4, 6)),
  reshaping(kernel(3, 3, 2, 4), plain(18, 4)),
  reshaping(plain(2, 5), image(2, 1, 1, 5)),
  {
    name: 'flatten',
    operands: [image(2, 3, 4, 5)],
    build: (g, [x]) => flatten(g, x as Value),
    oracle: (tf, [x]) => tf.reshape(x as Tensor, [2, 60]),
  },
  joining(3, image(2, 3, 4, 5), image(2, 3, 4, 2), image(2, 3, 4, 1)),
  joining(1, image(2, 3, 4, 5), image(2, 2, 4, 5)),
  joining(1, plain(2, 3), plain(2, 4)),
  joining(0, plain(2), plain(3)),
  joining(0, kernel(1, 1, 4, 5), kernel(1, 1, 4, 5)),
  joining(2, kernel(1, 1, 4, 5), kernel(1, 1, 2, 5)),
  cutting(image(2, 3, 4, 5), 3, 1, 3),
  cutting(image(2, 3, 4, 5), 1, 2, 1),
  cutting(plain(6), 0, 2, 3),
  cutting(kernel(3, 1, 4, 5), 0, 1, 1),
  cutting(kernel(1, 1, 4, 5), 2, 1, 2),
  padding(image(2, 3, 4, 5), [0, 0], [1, 2], [0, 1], [0, 0]),
  padding(plain(2, 3), [1, 0], [0, 2]),
  padding(kernel(1, 1, 4, 5), [1, 1], [1, 1], [0, 0], [0, 0]),
  repeating(plain(3, 1), 3, 4),
  repeating(image(2, 1, 1, 5), 2, 3, 4, 5),
  repeating(kernel(1, 1, 4, 5), 3, 3, 4, 5),
  {
    name: 'a part of something repeated, times an image',
    operands: [image(2, 1, 1, 6), image(2, 3, 4, 2)],
    build: (g, [x, y]) =>
      arithmetic.multiply(g, slice(g, broadcastTo(g, x as Value, [2, 3, 4, 6]), 3, 1, 2), y as Value),
    oracle: (tf, [x, y]) => tf.mul(tf.slice(x as Tensor, [0, 0, 0, 1], [2, 1, 1, 2]), y as Tensor),
  },
  product(false, false, 3, 4, 5),
  product(true, false, 3, 4, 5),
  product(false, true, 3, 4, 5),
  product(true, true, 3, 4, 5),
  product(false, false, 1, 16, 1),
  products(false, false),
  products(true, false),
  products(false, true),
  products(true, true),
  turning(plain(2, 3, 4), [0, 2, 1]),
  turning(plain(2, 3, 4, 2, 5), [2, 0, 3, 1, 4]),
  turning(image(2, 3, 4, 5), [0, 3, 1, 2]),
  turning(plain(2, 5, 3, 4), [0, 2, 3, 1], 'image'),
  turning(image(2, 3, 4, 5), [0, 1, 2, 3]),
  turning(image(2, 3, 4, 5), [0, 2, 1, 3], 'image'),
  turning(plain(6, 4, 3, 3), [2, 3, 1, 0], 'kernel'),
  turning(plain(6, 4, 1, 1), [2, 3, 1, 0], 'kernel'),
  turning(kernel(1, 1, 4, 6), [3, 2, 0, 1]),
  turning(plain(4, 1, 3, 3), [2, 3, 0, 1], 'depthwiseKernel'),
  gathering(plain(4, 5), 0, [2, 0, 2]),
  gathering(plain(2, 3, 4), 1, [2, 1]),
  gathering(plain(3, 7), 1, [6, 5, 4, 3, 2, 1, 0]),
  gathering(image(2, 3, 4, 5), 3, [4, 4, 0]),
  gathering(image(2, 3, 4, 5), 1, [1]),
  normalization(plain(3, 5)),
  normalization(plain(2, 3, 8)),
  softmaxOver(plain(2, 3, 4), -1),
  softmaxOver(plain(2, 3, 4), 1),
  softmaxOver(plain(2, 2, 3, 4), 0),
  raising(3, 'any'),
  raising(1.5, 'positive'),
  raising(-2, 'positive'),
  {
    name: 'logSoftmax',
    operands: [plain(4, 5)],
    build: (g, [x]) => logSoftmax(g, x as Value),
    oracle: (tf, [x]) => tf.logSoftmax(x as Tensor),
  },
  {
    name: 'softmax',
    operands: [plain(4, 5)],
    build: (g, [x]) => softmax(g, x as Value),
    oracle: (tf, [x]) => tf.softmax(x as Tensor),
  },
  {
    name: 'logSigmoid',
    operands: [plain(4, 5)],
    build: (g, [x]) => elementwise.logSigmoid(g, x as Value),
    oracle: (tf, [x]) => tf.logSigmoid(x as Tensor),
  },
  {
    name: 'binaryCrossEntropy',
    operands: [plain(4, 5), ranged('positive', plain(4, 5)), ranged('positive', plain(4, 5))],
    build: (g, [logits, labels, weights]) => binaryCrossEntropy(g, logits as Value, labels as Value, weights as Value),
    oracle: (tf, [logits, labels, weights]) => {
      const [x, y] = [logits as Tensor, labels as Tensor];
      const present = tf.mul(y, tf.log(tf.sigmoid(x)));
      const absent = tf.mul(tf.sub(1, y), tf.log(tf.sub(1, tf.sigmoid(x))));
      return tf.neg(tf.sum(tf.mul(tf.add(present, absent), weights as Tensor)));
    },
  },
  {
    name: 'softmaxCrossEntropy',
    operands: [plain(4, 5), ranged('positive', plain(4, 5)), ranged('positive', plain(4))],
    build: (g, [logits, labels, weights]) => softmaxCrossEntropy(g, logits as Value, labels as Value, weights as Value),
    oracle: (tf, [logits, labels, weights]) =>
      tf.neg(tf.sum(tf.mul(tf.sum(tf.mul(labels as Tensor, tf.logSoftmax(logits as Tensor)), 1), weights as Tensor))),
  },
];
