// Joining values along a dimension, cutting a range out of one, and padding one with zeros: each the gradient of another.
import type { GraphBuilder } from '../builder.js';
import { describe, dim, graphError, normalizeAxis } from '../checks.js';
import type { Value } from '../graph.js';
import { layoutOf, permute } from '../onnx/layout.js';
import { tuple } from '../torch/emitter.js';
import type { Operation, Unary } from '../operation.js';
import { must } from '../../system/must.js';
import { broadcastTo } from './reduce.js';

/** At least one. */
type Values = readonly [Value, ...Value[]];

interface SliceAttributes {
  readonly axis: number;
  readonly begin: number;
  readonly size: number;
}

/** Zeros before and after, for each dimension. */
export type Margins = readonly (readonly [number, number])[];

export const concatOperation: Operation<{ readonly axis: number }, Values> = {
  name: 'concat',
  infer(inputs, { axis }) {
    const [first] = inputs;
    for (const value of inputs) {
      const fits = value.role === first.role && value.shape.length === first.shape.length;
      if (!fits || !value.shape.every((d, i) => i === axis || d === first.shape[i])) {
        throw graphError('concat', `a value like ${describe(first)} save along axis ${axis}`, describe(value));
      }
    }
    const total = inputs.reduce((sum, value) => sum + dim(value, axis), 0);
    return { shape: first.shape.map((d, i) => (i === axis ? total : d)), role: first.role };
  },
  gradient(g, { inputs, attributes: { axis } }, dy) {
    let begin = 0;
    return inputs.map((value) => {
      const size = dim(value, axis);
      begin += size;
      return slice(g, dy, axis, begin - size, size);
    });
  },
  tfjs: ({ tf }, inputs, { attributes: { axis } }) => tf.concat([...inputs], axis),
  onnx(emitter, inputs, { inputs: values, output, attributes: { axis } }) {
    const parts = values.map((value, i) => emitter.conform(must(inputs[i], 'a name for each input'), value, output));
    return emitter.emit('Concat', parts, { axis: layoutOf(output).indexOf(axis) });
  },
  torch: (emitter, inputs, { attributes: { axis } }) => emitter.emit(`torch.cat((${inputs.join(', ')}), ${axis})`),
};

export const sliceOperation: Operation<SliceAttributes, Unary> = {
  name: 'slice',
  infer([x], { axis, begin, size }) {
    const { shape, role } = x;
    const whole = [begin, size].every(Number.isInteger);
    if (!whole || begin < 0 || size < 1 || begin + size > shape[axis]!) {
      throw graphError('slice', `a range within axis ${axis} of ${describe(x)}`, `${begin} … ${begin + size}`);
    }
    return { shape: shape.map((d, i) => (i === axis ? size : d)), role };
  },
  gradient(g, { inputs: [x], attributes: { axis, begin, size } }, dy) {
    return [
      pad(
        g,
        dy,
        x.shape.map((d, i) => (i === axis ? [begin, d - begin - size] : [0, 0])),
      ),
    ];
  },
  tfjs({ tf }, [x], { output, attributes: { axis, begin } }) {
    return tf.slice(
      x,
      output.shape.map((_, i) => (i === axis ? begin : 0)),
      [...output.shape],
    );
  },
  onnx(emitter, [x], { inputs: [value], output, attributes: { axis, begin, size } }) {
    const bounds = [[begin], [begin + size], [layoutOf(value).indexOf(axis)]].map((list) => emitter.ints(list));
    const cut = emitter.emit('Slice', [x, ...bounds]);
    return emitter.settle(cut, value, output);
  },
  torch: (emitter, [x], { attributes: { axis, begin, size } }) =>
    emitter.view(`${x}.narrow(${axis}, ${begin}, ${size})`),
};

export const padOperation: Operation<{ readonly margins: Margins }, Unary> = {
  name: 'pad',
  infer([x], { margins }) {
    const { shape, role } = x;
    const valid = margins.length === shape.length && margins.flat().every((n) => Number.isInteger(n) && n >= 0);
    if (!valid)
      throw graphError('pad', `margins [before, after] for each dimension of ${describe(x)}`, JSON.stringify(margins));
    return { shape: margins.map(([before, after], i) => before + dim(x, i) + after), role };
  },
  gradient(g, { inputs: [x], attributes: { margins } }, dy) {
    return [margins.reduce((cut, [before], axis) => slice(g, cut, axis, before, dim(x, axis)), dy)];
  },
  tfjs: ({ tf }, [x], { attributes: { margins } }) =>
    tf.pad(
      x,
      margins.map(([a, b]) => [a, b]),
    ),
  onnx(emitter, [x], { inputs: [value], output, attributes: { margins } }) {
    const laidOut = permute(margins, layoutOf(output));
    const inner = emitter.conform(x, value, output);
    return emitter.emit('Pad', [inner, emitter.ints([...laidOut.map(([a]) => a), ...laidOut.map(([, b]) => b)])]);
  },
  // From the last dimension to the first.
  torch: (emitter, [x], { attributes: { margins } }) =>
    emitter.emit(`F.pad(${x}, ${tuple([...margins].reverse().flat())})`),
};

/** Joins values of equal shape and role along an axis; default: the last one, the channels of images. */
export function concat(g: GraphBuilder, values: readonly Value[], axis = -1): Value {
  const [first, ...others] = values;
  if (first === undefined) throw graphError('concat', 'at least one value', 'none');
  return others.length === 0
    ? first
    : g.add(concatOperation, [first, ...others], { axis: normalizeAxis('concat', axis, first.shape.length) });
}

/** The `size` entries from `begin` on along an axis. */
export function slice(g: GraphBuilder, x: Value, axis: number, begin: number, size: number): Value {
  const normal = normalizeAxis('slice', axis, x.shape.length);
  if (begin === 0 && size === dim(x, normal)) return x;
  const node = g.nodeOf(x);
  if (node?.op !== 'broadcastTo') return g.add(sliceOperation, [x], { axis: normal, begin, size });
  // A part of something repeated is a part repeated: the part may be small where the whole is not.
  const source = must(node.inputs[0], 'what broadcastTo repeats');
  const part = dim(source, normal) === 1 ? source : slice(g, source, normal, begin, size);
  return broadcastTo(
    g,
    part,
    x.shape.map((d, i) => (i === normal ? size : d)),
  );
}

/** x within margins of zeros. */
export function pad(g: GraphBuilder, x: Value, margins: Margins): Value {
  if (margins.length === x.shape.length && margins.flat().every((n) => n === 0)) return x;
  return g.add(padOperation, [x], { margins });
}
