// Normalisation to mean 0 and variance 1 along the last axis: the part that layer, group and instance normalisation share.
import type { GraphBuilder } from '../builder.js';
import { describe, graphError } from '../checks.js';
import type { Value } from '../graph.js';
import type { OnnxEmitter } from '../onnx/emitter.js';
import type { Operation, Unary } from '../operation.js';
import type { Tfjs, TfjsTensor } from '../tfjs/lowering.js';
import { must } from '../../system/must.js';
import { number } from '../torch/emitter.js';
import { multiply, subtract } from './arithmetic.js';
import { reduceMean } from './reduce.js';

interface NormalizeAttributes {
  readonly epsilon: number;
}

export const normalizeOperation: Operation<NormalizeAttributes, Unary> = {
  name: 'normalize',
  infer: ([x]) => ({ shape: plain('normalize', x).shape, role: 'plain' }),
  // dx = (dy − mean(dy) − y · mean(dy · y)) / σ (Ba, Kiros & Hinton 2016, arXiv 1607.06450).
  gradient(g, { inputs: [x], output: y, attributes }, dy) {
    const inverse = g.add(inverseDeviationOperation, [x], attributes);
    const mean = reduceMean(g, dy, [-1], true);
    const along = multiply(g, y, reduceMean(g, multiply(g, dy, y), [-1], true));
    return [multiply(g, subtract(g, subtract(g, dy, mean), along), inverse)];
  },
  vmap: (g, { attributes }, inputs) => g.add(normalizeOperation, inputs, attributes),
  tfjs: ({ tf }, [x], { attributes }) => {
    const { centred, inverse } = statistics(tf, x, attributes);
    return tf.mul(centred, inverse);
  },
  onnx: (emitter, [x], { inputs: [value], attributes }) =>
    must(normalized(emitter, x, value, attributes, emitter.provider === 'webgpu' ? 1 : 3)[0], 'an output'),
  torch: (emitter, [x], { inputs: [value], attributes: { epsilon } }) =>
    emitter.emit(`F.layer_norm(${x}, (${value.shape.at(-1)},), eps=${number(epsilon)})`),
};

/** 1 / √(variance + ε) along the last axis, which stays as 1. Made for the gradient of `normalize`; has none of its own. */
export const inverseDeviationOperation: Operation<NormalizeAttributes, Unary> = {
  name: 'inverseDeviation',
  infer: ([x]) => ({ shape: [...plain('inverseDeviation', x).shape.slice(0, -1), 1], role: 'plain' }),
  tfjs: ({ tf }, [x], { attributes }) => statistics(tf, x, attributes).inverse,
  onnx(emitter, [x], { inputs: [value], attributes }) {
    if (emitter.provider !== 'webgpu') {
      return must(normalized(emitter, x, value, attributes, 3)[2], 'an output');
    }
    // WebGPU's operator gives no statistics.
    const last = emitter.ints([-1]);
    const centred = emitter.emit('Sub', [x, emitter.emit('ReduceMean', [x, last])]);
    const variance = emitter.emit('ReduceMean', [emitter.emit('Mul', [centred, centred]), last]);
    const deviation = emitter.emit('Sqrt', [emitter.emit('Add', [variance, emitter.floats([attributes.epsilon])])]);
    return emitter.emit('Reciprocal', [deviation]);
  },
  torch: (emitter, [x], { attributes: { epsilon } }) =>
    emitter.emit(`torch.rsqrt(${x}.var(-1, correction=0, keepdim=True) + ${number(epsilon)})`),
};

/** Of a value [..., C]: (x − mean) / √(variance + ε) over its last axis, with the biased variance. */
export function normalize(g: GraphBuilder, x: Value, epsilon: number): Value {
  return g.add(normalizeOperation, [x], { epsilon });
}

function plain(operation: string, x: Value): Value {
  if (x.role !== 'plain' || x.shape.length === 0) {
    throw graphError(operation, 'a plain value with a last axis', describe(x));
  }
  return x;
}

function statistics(
  tf: Tfjs,
  x: TfjsTensor,
  { epsilon }: NormalizeAttributes,
): { centred: TfjsTensor; inverse: TfjsTensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  return { centred, inverse: tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon)) };
}

function normalized(
  emitter: OnnxEmitter,
  x: string,
  value: Value,
  { epsilon }: NormalizeAttributes,
  outputs: number,
): readonly string[] {
  const channels = must(value.shape.at(-1), 'a last axis');
  const ones = emitter.emit('Expand', [emitter.floats([1], [1]), emitter.ints([channels])]);
  return emitter.emitMany('LayerNormalization', [x, ones], outputs, { axis: -1, epsilon: { float: epsilon } });
}
