// Operations that lowerings or gradient rules take together, as tfjs computes them one by one.
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Value } from '../../src/graph/graph.js';
import { add, multiply } from '../../src/graph/operations/arithmetic.js';
import { batchNorm } from '../../src/graph/operations/batch-norm.js';
import { conv2d } from '../../src/graph/operations/conv2d.js';
import { depthwiseConv2d } from '../../src/graph/operations/depthwise-conv2d.js';
import { relu } from '../../src/graph/operations/elementwise.js';
import { maxPool } from '../../src/graph/operations/pool.js';
import type { Case, Operand } from './conformance-cases.js';

const operand = (role: Operand['role'], ...shape: number[]): Operand => ({ role, shape, range: 'any' });
const EPSILON = 1e-3;

function normalized(tf: typeof tfjs, [x, gamma, beta]: readonly [tfjs.Tensor, tfjs.Tensor, tfjs.Tensor]): tfjs.Tensor {
  const centred = tf.sub(x, tf.mean(x, [0, 1, 2]));
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), [0, 1, 2]), EPSILON));
  return tf.add(tf.mul(tf.div(centred, deviation), gamma), beta);
}

/** Of images as large as it takes for blocks of channels, in a convolution and its gradients. */
const rectifiedConvolution = (stride: number, readers: 1 | 2): Case => ({
  name: `conv2d and relu, stride ${stride}, ${readers} readers`,
  operands: [operand('image', 4, 33, 34, 16), operand('kernel', 3, 3, 16, 32), operand('plain', 32)],
  build: (g, [x, kernel, bias]) => {
    const y = conv2d(g, x as Value, kernel as Value, { strides: stride, padding: 'same', bias: bias as Value });
    return readers === 1 ? relu(g, y) : add(g, relu(g, y), y);
  },
  oracle: (tf, [x, kernel, bias]) => {
    const plain = tf.conv2d(x as tfjs.Tensor4D, kernel as tfjs.Tensor4D, stride, 'same');
    const y = tf.add(plain, bias as tfjs.Tensor);
    return readers === 1 ? tf.relu(y) : tf.add(tf.relu(y), y);
  },
});

export const LAYER_CASES: readonly Case[] = [
  ...([1, 2] as const).flatMap((stride) => ([1, 2] as const).map((readers) => rectifiedConvolution(stride, readers))),
  {
    name: 'conv2d and batchNorm',
    operands: [operand('image', 2, 7, 6, 4), operand('kernel', 3, 3, 4, 5), operand('plain', 5), operand('plain', 5)],
    build: (g, [x, kernel, gamma, beta]) => {
      const y = conv2d(g, x as Value, kernel as Value, { padding: 'same' });
      return batchNorm(g, [y, gamma as Value, beta as Value], EPSILON).y;
    },
    oracle: (tf, [x, kernel, gamma, beta]) => {
      const y = tf.conv2d(x as tfjs.Tensor4D, kernel as tfjs.Tensor4D, 1, 'same');
      return normalized(tf, [y, gamma as tfjs.Tensor, beta as tfjs.Tensor]);
    },
  },
  {
    name: 'conv2d and a factor for each channel',
    operands: [operand('image', 2, 7, 6, 4), operand('kernel', 3, 3, 4, 5), operand('plain', 5), operand('plain', 5)],
    build: (g, [x, kernel, bias, factor]) =>
      multiply(g, conv2d(g, x as Value, kernel as Value, { padding: 'same', bias: bias as Value }), factor as Value),
    oracle: (tf, [x, kernel, bias, factor]) => {
      const y = tf.add(tf.conv2d(x as tfjs.Tensor4D, kernel as tfjs.Tensor4D, 1, 'same'), bias as tfjs.Tensor);
      return tf.mul(y, factor as tfjs.Tensor);
    },
  },
  {
    name: 'depthwiseConv2d and batchNorm',
    operands: [
      operand('image', 2, 8, 6, 16),
      operand('depthwiseKernel', 3, 3, 16, 1),
      operand('plain', 16),
      operand('plain', 16),
    ],
    build: (g, [x, kernel, gamma, beta]) => {
      const y = depthwiseConv2d(g, x as Value, kernel as Value, { strides: 2, padding: 'same' });
      return batchNorm(g, [y, gamma as Value, beta as Value], EPSILON).y;
    },
    oracle: (tf, [x, kernel, gamma, beta]) => {
      const y = tf.depthwiseConv2d(x as tfjs.Tensor4D, kernel as tfjs.Tensor4D, 2, 'same');
      return normalized(tf, [y, gamma as tfjs.Tensor, beta as tfjs.Tensor]);
    },
  },
  ...(['any', 'ties'] as const).map((range): Case => ({
    name: `relu and maxPool, ${range}`,
    operands: [{ ...operand('image', 2, 9, 8, 3), range }],
    build: (g, [x]) => maxPool(g, relu(g, x as Value), 3, { strides: 2 }),
    oracle: (tf, [x]) => tf.maxPool(tf.relu(x as tfjs.Tensor4D), 3, 2, 'valid'),
  })),
  {
    name: 'relu with two readers, one of them maxPool',
    operands: [operand('image', 2, 6, 6, 3)],
    build: (g, [x]) => {
      const y = relu(g, x as Value);
      return add(g, maxPool(g, y, 3, { padding: 'same' }), y);
    },
    oracle: (tf, [x]) => {
      const y = tf.relu(x as tfjs.Tensor4D);
      return tf.add(tf.maxPool(y, 3, 1, 'same'), y);
    },
  },
];
