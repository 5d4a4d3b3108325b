// What every engine must compute as tfjs's own operations and gradients do: operations over shapes, strides and paddings.
import type * as tfjs from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../../src/graph/builder.js';
import type { Value } from '../../src/graph/graph.js';
import type { Role } from '../../src/graph/host-tensor.js';
import * as arithmetic from '../../src/graph/operations/arithmetic.js';
import { concat, pad, slice } from '../../src/graph/operations/concat.js';
import { conv2d } from '../../src/graph/operations/conv2d.js';
import { depthwiseConv2d } from '../../src/graph/operations/depthwise-conv2d.js';
import * as elementwise from '../../src/graph/operations/elementwise.js';
import { matMul } from '../../src/graph/operations/mat-mul.js';
import { averagePool, globalAveragePool, maxPool } from '../../src/graph/operations/pool.js';
import { broadcastTo, reduceMean, reduceSum } from '../../src/graph/operations/reduce.js';
import { flatten, reshape } from '../../src/graph/operations/reshape.js';
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
      const shape = [...(a.shape.length < b.shape.length ? b : a).shape];
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
  | 'erf';
const UNARIES: readonly [Unary, Operand['range'], (tf: Tf, x: Tensor) => Tensor][] = [
  ['relu', 'any', (tf, x) => tf.relu(x)],
  ['relu6', 'any', (tf, x) => tf.relu6(x)],
  ['sigmoid', 'any', (tf, x) => tf.sigmoid(x)],
  ['swish', 'any', (tf, x) => tf.mul(x, tf.sigmoid(x))],
  ['exp', 'any', (tf, x) => tf.exp(x)],
  ['hardSigmoid', 'any', (tf, x) => tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6)],
  ['hardSwish', 'any', (tf, x) => tf.mul(x, tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6))],
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

export const CASES: readonly Case[] = [
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
  convolution([1, 6, 6, 12], [3, 3, 18], [1, 1], 'valid'),
  convolution([1, 6, 6, 9], [3, 3, 12], [2, 2], 'same'),
  convolution([2, 4, 4, 3], [4, 4, 5], [1, 1], 'valid'),
  convolution([1, 1, 1, 6], [1, 1, 3], [1, 1], 'valid'),
  depthwise([2, 7, 7, 3], [3, 3], [1, 1], 'same'),
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
    name: 'softmaxCrossEntropy',
    operands: [plain(4, 5), ranged('positive', plain(4, 5)), ranged('positive', plain(4))],
    build: (g, [logits, labels, weights]) => softmaxCrossEntropy(g, logits as Value, labels as Value, weights as Value),
    oracle: (tf, [logits, labels, weights]) =>
      tf.neg(tf.sum(tf.mul(tf.sum(tf.mul(labels as Tensor, tf.logSoftmax(logits as Tensor)), 1), weights as Tensor))),
  },
];
