// A scale and a shift of each channel, as one pass over images.
import type { GraphBuilder } from '../builder.js';
import { dim, expectRole, expectShape } from '../checks.js';
import type { Value } from '../graph.js';
import { onnxAffine } from '../onnx/batch-norm.js';
import type { Operation } from '../operation.js';
import { multiply } from './arithmetic.js';
import { reduceSum } from './reduce.js';

type Weighed = readonly [x: Value, scale: Value, shift: Value];

const OVER_IMAGES = [0, 1, 2];

export const affineOperation: Operation<object, Weighed> = {
  name: 'affine',
  infer([x, scale, shift]) {
    const channels = dim(expectRole('affine', x, 'image', 'an image'), 3);
    expectShape('affine', scale, [channels], 'a scale');
    expectShape('affine', shift, [channels], 'a shift');
    return { shape: x.shape, role: x.role };
  },
  gradient: (g, { inputs: [x, scale] }, dy) => [
    multiply(g, dy, scale),
    reduceSum(g, multiply(g, dy, x), OVER_IMAGES),
    reduceSum(g, dy, OVER_IMAGES),
  ],
  tfjs: ({ tf }, [x, scale, shift]) => tf.add(tf.mul(x, scale), shift),
  onnx: (emitter, inputs, { inputs: [x] }) => onnxAffine(emitter, inputs, x),
  torch: (emitter, [x, scale, shift]) => emitter.emit(`${x} * ${scale} + ${shift}`),
};

/** x · scale + shift: images [B, H, W, C] with numbers [C]. */
export function affine(g: GraphBuilder, x: Value, scale: Value, shift: Value): Value {
  return g.add(affineOperation, [x, scale, shift], {});
}
