// BatchNorm in training (Ioffe, Szegedy 2015, arXiv 1502.03167): by the mean and the biased variance of the batch, as one operation.
import type { GraphBuilder } from '../builder.js';
import { dim, expectRole, expectShape } from '../checks.js';
import type { Value } from '../graph.js';
import { centredProducts as onnxCentredProducts, trainedBatchNorm } from '../onnx/batch-norm.js';
import type { Operation } from '../operation.js';
import { number, type TorchEmitter } from '../torch/emitter.js';
import { must } from '../../system/must.js';
import { add, multiply } from './arithmetic.js';
import { affine } from './affine.js';
import { rsqrt } from './elementwise.js';
import { reduceSum } from './reduce.js';

interface BatchNormAttributes {
  readonly epsilon: number;
}

type Weighed = readonly [x: Value, gamma: Value, beta: Value];

const OVER_IMAGES = [0, 1, 2];

/** Engines that have all of BatchNorm as one operator give its three results at once, whichever of the three operations is lowered first. */
const meanOperation: Operation<BatchNormAttributes, Weighed> = {
  name: 'batchMean',
  infer: (inputs) => ({ shape: [channelsOf('batchMean', inputs)], role: 'plain' }),
  tfjs: ({ tf }, [x]) => tf.mean(x, OVER_IMAGES),
  onnx: (emitter, inputs, node) => trainedBatchNorm(emitter, inputs, node).mean,
  torch: (emitter, inputs, node) => torchBatchNorm(emitter, inputs, node.attributes, 1),
};

const varianceOperation: Operation<BatchNormAttributes, readonly [...Weighed, mean: Value]> = {
  name: 'batchVariance',
  infer: ([x, gamma, beta]) => ({ shape: [channelsOf('batchVariance', [x, gamma, beta])], role: 'plain' }),
  tfjs: ({ tf }, [x, , , mean]) => tf.mean(tf.square(tf.sub(x, mean)), OVER_IMAGES),
  onnx: (emitter, [x, gamma, beta], node) => trainedBatchNorm(emitter, [x, gamma, beta], node).variance,
  torch: (emitter, [x, gamma, beta], node) => torchBatchNorm(emitter, [x, gamma, beta], node.attributes, 2),
};

const batchNormOperation: Operation<BatchNormAttributes, readonly [...Weighed, mean: Value, variance: Value]> = {
  name: 'batchNorm',
  infer: ([x, gamma, beta]) => {
    channelsOf('batchNorm', [x, gamma, beta]);
    return { shape: x.shape, role: x.role };
  },
  // With x̂ = (x − μ) / σ: dx = γ / σ · (dy − mean(dy) − x̂ · mean(dy · x̂)), which is a · (dy + b · x + c) with numbers of each channel. A
  // convolution that made x takes a to its kernel (channel-scale.ts).
  gradient(g, { inputs: [x, gamma, , mean, variance], attributes: { epsilon } }, dy) {
    const inverse = rsqrt(g, add(g, variance, g.scalar(epsilon)));
    const count = OVER_IMAGES.reduce((product, axis) => product * dim(x, axis), 1);
    const shift = reduceSum(g, dy, OVER_IMAGES);
    const products = g.add(centredProductsOperation, [dy, x, mean], {});
    const share = g.scalar(-1 / count);
    const b = multiply(g, multiply(g, share, products), multiply(g, inverse, inverse));
    const c = add(g, multiply(g, share, shift), multiply(g, multiply(g, b, mean), g.scalar(-1)));
    const dx = multiply(g, add(g, affine(g, x, b, c), dy), multiply(g, gamma, inverse));
    return [dx, multiply(g, products, inverse), shift, undefined, undefined];
  },
  tfjs: ({ tf }, [x, gamma, beta, mean, variance], { attributes: { epsilon } }) =>
    tf.add(tf.mul(tf.sub(x, mean), tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)))), beta),
  onnx: (emitter, [x, gamma, beta], node) => trainedBatchNorm(emitter, [x, gamma, beta], node).y,
  torch: (emitter, [x, gamma, beta], node) =>
    emitter.nhwc(torchBatchNorm(emitter, [x, gamma, beta], node.attributes, 0)),
};

/** From dy and x [B, H, W, C] and μ [C] to Σ dy · (x − μ) [C]. Made for the gradient of `batchNorm`; has none of its own. */
const centredProductsOperation: Operation<object, readonly [dy: Value, x: Value, mean: Value]> = {
  name: 'centredProducts',
  infer: ([dy, x, mean]) => {
    expectShape('centredProducts', dy, x.shape, 'a gradient');
    return { shape: mean.shape, role: 'plain' };
  },
  tfjs: ({ tf }, [dy, x, mean]) => tf.sum(tf.mul(dy, tf.sub(x, mean)), OVER_IMAGES),
  onnx: (emitter, inputs, { inputs: [, x] }) => onnxCentredProducts(emitter, inputs, x),
  torch: (emitter, [dy, x, mean]) => emitter.emit(`(${dy} * (${x} - ${mean})).sum((0, 1, 2))`),
};

export const BATCH_NORM_OPERATIONS = [meanOperation, varianceOperation, batchNormOperation, centredProductsOperation];

export interface BatchNorm {
  readonly y: Value;
  /** Of the batch, [C]; have no gradient. */
  readonly mean: Value;
  readonly variance: Value;
}

/** γ · (x − μ) / √(σ² + ε) + β over the channels of x [B, H, W, C], with mean and biased variance of the batch. */
export function batchNorm(
  g: GraphBuilder,
  [x, gamma, beta]: readonly [x: Value, gamma: Value, beta: Value],
  epsilon: number,
): BatchNorm {
  const attributes = { epsilon };
  const mean = g.add(meanOperation, [x, gamma, beta], attributes);
  const variance = g.add(varianceOperation, [x, gamma, beta, mean], attributes);
  return { y: g.add(batchNormOperation, [x, gamma, beta, mean, variance], attributes), mean, variance };
}

function channelsOf(operation: string, [x, gamma, beta]: Weighed): number {
  const channels = dim(expectRole(operation, x, 'image', 'an image'), 3);
  expectShape(operation, gamma, [channels], 'a scale');
  expectShape(operation, beta, [channels], 'a shift');
  return channels;
}

function torchBatchNorm(
  emitter: TorchEmitter,
  [x, gamma, beta]: readonly [string, string, string],
  { epsilon }: BatchNormAttributes,
  result: 0 | 1 | 2,
): string {
  const operands = [emitter.nchw(x), emitter.tensor(gamma), emitter.tensor(beta), number(epsilon)];
  return must(emitter.emitMany(`batch_norm(${operands.join(', ')})`, 3)[result], 'three results');
}
