// Softmax, and the cross-entropy that classifiers are trained with.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, expectRank, expectShape, graphError, normalizeAxis } from '../checks.js';
import type { Value } from '../graph.js';
import type { Operation, Unary } from '../operation.js';
import { multiply, subtract } from './arithmetic.js';
import { exp, negate } from './elementwise.js';
import { reduceSum } from './reduce.js';
import { transpose } from './transpose.js';

export const logSoftmaxOperation: Operation<object, Unary> = {
  name: 'logSoftmax',
  infer([x]) {
    const { shape, role } = x;
    if (shape.length === 0 || role !== 'plain')
      throw graphError('logSoftmax', 'plain logits [batch, classes]', describe(x));
    return { shape, role };
  },
  gradient(g, { output }, dy) {
    return [subtract(g, dy, multiply(g, exp(g, output), reduceSum(g, dy, [-1], true)))];
  },
  vmap: (g, _, inputs) => g.add(logSoftmaxOperation, inputs, {}),
  tfjs: ({ tf }, [x]) => tf.logSoftmax(x),
  onnx(emitter, [x]) {
    if (emitter.provider !== 'webgpu') return emitter.emit('LogSoftmax', [x], { axis: -1 });
    // WebGPU has no such operator, and a step should not wait for numbers to go to the processor and back.
    const last = emitter.ints([-1]);
    const shifted = emitter.emit('Sub', [x, emitter.emit('ReduceMax', [x, last])]);
    const sum = emitter.emit('ReduceSum', [emitter.emit('Exp', [shifted]), last]);
    return emitter.emit('Sub', [shifted, emitter.emit('Log', [sum])]);
  },
  torch: (emitter, [x]) => emitter.emit(`torch.log_softmax(${x}, -1)`),
};

export const softmaxOperation: Operation<object, Unary> = {
  name: 'softmax',
  infer([x]) {
    const { shape, role } = x;
    if (shape.length === 0 || role !== 'plain') throw graphError('softmax', 'plain logits [..., classes]', describe(x));
    return { shape, role };
  },
  gradient(g, { output: y }, dy) {
    return [multiply(g, y, subtract(g, dy, reduceSum(g, multiply(g, dy, y), [-1], true)))];
  },
  vmap: (g, _, inputs) => g.add(softmaxOperation, inputs, {}),
  tfjs: ({ tf }, [x]) => tf.softmax(x),
  onnx: (emitter, [x]) => emitter.emit('Softmax', [x], { axis: -1 }),
  torch: (emitter, [x]) => emitter.emit(`torch.softmax(${x}, -1)`),
};

/** log softmax over the last dimension; finite for any finite logits. */
export const logSoftmax = (g: GraphBuilder, logits: Value): Value => g.add(logSoftmaxOperation, [logits], {});

/** Softmax over an axis; default: the last one. */
export function softmax(g: GraphBuilder, logits: Value, axis = -1): Value {
  const rank = logits.shape.length;
  const normal = normalizeAxis('softmax', axis, rank);
  if (normal === rank - 1) return g.add(softmaxOperation, [logits], {});
  const exchange = logits.shape.map((_, i) => (i === normal ? rank - 1 : i === rank - 1 ? normal : i));
  return transpose(g, g.add(softmaxOperation, [transpose(g, logits, exchange)], {}), exchange);
}

/** −Σₖ labelsₖ · log softmax(logits)ₖ per example, shape [B]; logits and labels [B, K], labels may be soft. */
export function crossEntropies(g: GraphBuilder, logits: Value, labels: Value): Value {
  expectRank('crossEntropies', logits, 2, 'logits');
  expectShape('crossEntropies', labels, logits.shape, 'labels');
  return negate(g, reduceSum(g, multiply(g, labels, logSoftmax(g, logits)), [1]));
}

/**
 * Σᵢ weightsᵢ · crossEntropyᵢ, shape []; weights [B]. Nothing is divided by B: weights 1/B make it a mean, and 0 leaves an
 * example out (padding of a last, smaller batch).
 */
export function softmaxCrossEntropy(g: GraphBuilder, logits: Value, labels: Value, weights: Value): Value {
  const losses = crossEntropies(g, logits, labels);
  expectShape('softmaxCrossEntropy', weights, [dim(logits, 0)], 'weights');
  return reduceSum(g, multiply(g, weights, losses));
}
