// Operations on two values, element by element, with the broadcasts that networks need.
import { describe, dim, graphError, sameShape } from '../checks.js';
import type { GraphBuilder } from '../builder.js';
import type { Value } from '../graph.js';
import type { Binary, Operation, TypedNode } from '../operation.js';
import type { Inferred } from '../shape-rule.js';
import type { Tfjs, TfjsTensor } from '../tfjs/lowering.js';
import type { OnnxEmitter } from '../onnx/emitter.js';
import { ELEMENT_TYPE } from '../onnx/emitter.js';
import { type TorchEmitter, isNumber } from '../torch/emitter.js';
import { must } from '../../system/must.js';
import { reduceSum } from './reduce.js';
import { reshape } from './reshape.js';

type Gradient = (
  g: GraphBuilder,
  node: TypedNode<object, Binary>,
  dy: Value,
) => readonly [Value, Value] | readonly [undefined, undefined];

interface ArithmeticRule {
  readonly name: string;
  readonly gradient?: Gradient;
  readonly tfjs: (tf: Tfjs, a: TfjsTensor, b: TfjsTensor) => TfjsTensor;
  readonly onnx: (emitter: OnnxEmitter, a: string, b: string) => string;
  readonly torch: (emitter: TorchEmitter, a: string, b: string) => string;
}

function arithmetic({ name, gradient, tfjs, onnx, torch }: ArithmeticRule): Operation<object, Binary> {
  const operation: Operation<object, Binary> = {
    name,
    infer: ([a, b]) => broadcast(name, a, b),
    ...(gradient !== undefined && {
      gradient: (g: GraphBuilder, node: TypedNode<object, Binary>, dy: Value) => {
        const [da, db] = gradient(g, node, dy);
        const [a, b] = node.inputs;
        return [da && unbroadcast(g, da, a), db && unbroadcast(g, db, b)];
      },
    }),
    vmap: (g, { inputs: [a, b], output }, [x, y]) =>
      g.add(operation, [besideLanes(g, x, a, output), besideLanes(g, y, b, output)], {}),
    tfjs: ({ tf }, [x, y]) => tfjs(tf, x, y),
    onnx: (emitter, [x, y], { inputs: [a, b], output }) =>
      onnx(emitter, aligned(emitter, x, a, output), aligned(emitter, y, b, output)),
    torch: (emitter, [x, y]) => torch(emitter, isNumber(y) ? emitter.tensor(x) : x, y),
  };
  return operation;
}

export const addOperation = arithmetic({
  name: 'add',
  gradient: (_, __, dy) => [dy, dy],
  tfjs: (tf, a, b) => tf.add(a, b),
  onnx: (emitter, a, b) => emitter.emit('Add', [a, b]),
  torch: (emitter, a, b) => emitter.emit(`${a} + ${b}`),
});

export const subtractOperation = arithmetic({
  name: 'subtract',
  gradient: (g, _, dy) => [dy, multiply(g, dy, g.scalar(-1))],
  tfjs: (tf, a, b) => tf.sub(a, b),
  onnx: (emitter, a, b) => emitter.emit('Sub', [a, b]),
  torch: (emitter, a, b) => emitter.emit(`${a} - ${b}`),
});

export const multiplyOperation = arithmetic({
  name: 'multiply',
  gradient: (g, node, dy) => [multiply(g, dy, node.inputs[1]), multiply(g, dy, node.inputs[0])],
  tfjs: (tf, a, b) => tf.mul(a, b),
  onnx: (emitter, a, b) => emitter.emit('Mul', [a, b]),
  torch: (emitter, a, b) => emitter.emit(`${a} * ${b}`),
});

export const divideOperation = arithmetic({
  name: 'divide',
  gradient: (g, node, dy) => {
    const da = divide(g, dy, node.inputs[1]);
    return [da, multiply(g, multiply(g, da, node.output), g.scalar(-1))];
  },
  tfjs: (tf, a, b) => tf.div(a, b),
  onnx: (emitter, a, b) => emitter.emit('Div', [a, b]),
  torch: (emitter, a, b) => emitter.emit(`${a} / ${b}`),
});

export const minimumOperation = arithmetic({
  name: 'minimum',
  gradient: (g, node, dy) => chosen(g, dy, greater(g, node.inputs[0], node.inputs[1]), 1),
  tfjs: (tf, a, b) => tf.minimum(a, b),
  onnx: (emitter, a, b) => emitter.emit('Min', [a, b]),
  torch: (emitter, a, b) => emitter.emit(`torch.where(${b} < ${emitter.tensor(a)}, ${b}, ${a})`),
});

export const maximumOperation = arithmetic({
  name: 'maximum',
  gradient: (g, node, dy) => chosen(g, dy, greater(g, node.inputs[1], node.inputs[0]), 1),
  tfjs: (tf, a, b) => tf.maximum(a, b),
  onnx: (emitter, a, b) => emitter.emit('Max', [a, b]),
  torch: (emitter, a, b) => emitter.emit(`torch.where(${b} > ${emitter.tensor(a)}, ${b}, ${a})`),
});

export const greaterOperation = arithmetic({
  name: 'greater',
  gradient: () => [undefined, undefined],
  tfjs: (tf, a, b) => tf.cast(tf.greater(a, b), 'float32'),
  onnx: (emitter, a, b) => emitter.emit('Cast', [emitter.emit('Greater', [a, b])], { to: ELEMENT_TYPE.float32 }),
  torch: (emitter, a, b) => emitter.emit(`(${emitter.tensor(a)} > ${b}).to(torch.float32)`),
});

/**
 * a + b. As for all operations of this file the result has the shape and role of the larger operand, and the smaller may be
 * - of the same shape and role,
 * - a scalar [],
 * - a plain vector [C] beside anything whose last dimension is C (channels of an image, units of a dense layer),
 * - of the same rank and role with some dimensions 1: [B, 1] beside [B, K], an image [B, 1, 1, C] beside [B, H, W, C].
 * Of the same rank and role, each may repeat along dimensions of the other: [B, 1] beside [1, K] gives [B, K].
 */
export const add = (g: GraphBuilder, a: Value, b: Value): Value => combine(g, addOperation, a, b);
/** a − b. */
export const subtract = (g: GraphBuilder, a: Value, b: Value): Value => combine(g, subtractOperation, a, b);
/** a · b. */
export const multiply = (g: GraphBuilder, a: Value, b: Value): Value => combine(g, multiplyOperation, a, b);
/** a / b. */
export const divide = (g: GraphBuilder, a: Value, b: Value): Value => combine(g, divideOperation, a, b);
/** The smaller; where both are equal the gradient goes to a. */
export const minimum = (g: GraphBuilder, a: Value, b: Value): Value => combine(g, minimumOperation, a, b);
/** The larger; where both are equal the gradient goes to a. */
export const maximum = (g: GraphBuilder, a: Value, b: Value): Value => combine(g, maximumOperation, a, b);
/** 1 where a > b, else 0; its gradient is zero. */
export const greater = (g: GraphBuilder, a: Value, b: Value): Value => combine(g, greaterOperation, a, b);

function combine(g: GraphBuilder, operation: Operation<object, Binary>, a: Value, b: Value): Value {
  return g.add(operation, [unrepeated(g, a, b), unrepeated(g, b, a)], {});
}

/** What was repeated to make `value`, where the other operand would repeat it anyway: gradients of means then stay small. */
function unrepeated(g: GraphBuilder, value: Value, other: Value): Value {
  const node = g.nodeOf(value);
  if (node?.op !== 'broadcastTo' || g.nodeOf(other)?.op === 'broadcastTo') return value;
  return value.role === other.role && sameShape(value.shape, other.shape)
    ? must(node.inputs[0], 'what broadcastTo repeats')
    : value;
}

/** The gradients of a choice: `mask` is 1 where b was chosen. */
function chosen(g: GraphBuilder, dy: Value, mask: Value, one: number): [Value, Value] {
  return [multiply(g, dy, subtract(g, g.scalar(one), mask)), multiply(g, dy, mask)];
}

function broadcast(name: string, a: Value, b: Value): Inferred {
  if (fits(b, a)) return { shape: a.shape, role: a.role };
  if (fits(a, b)) return { shape: b.shape, role: b.role };
  const isMutual = a.role === b.role && a.shape.length === b.shape.length;
  if (isMutual && a.shape.every((d, i) => d === b.shape[i] || d === 1 || b.shape[i] === 1)) {
    return { shape: a.shape.map((d, i) => Math.max(d, dim(b, i))), role: a.role };
  }
  throw graphError(name, `an operand that broadcasts to ${describe(a)}`, describe(b));
}

function fits(small: Value, large: Value): boolean {
  if (small.shape.length === 0) return true;
  if (small.shape.length === large.shape.length && small.role === large.role) {
    return small.shape.every((dimension, i) => dimension === large.shape[i] || dimension === 1);
  }
  return small.role === 'plain' && small.shape.length === 1 && small.shape[0] === large.shape.at(-1);
}

/** Sums a gradient over what was broadcast, so that it has the operand's own shape. */
function unbroadcast(g: GraphBuilder, gradient: Value, operand: Value): Value {
  if (sameShape(gradient.shape, operand.shape)) return gradient;
  const offset = gradient.shape.length - operand.shape.length;
  const axes = gradient.shape.flatMap((dimension, i) =>
    i < offset || operand.shape[i - offset] !== dimension ? [i] : [],
  );
  return reshape(g, reduceSum(g, gradient, axes), operand.shape, operand.role);
}

/** Gives an operand the output's rank, with 1 where it lacks a dimension, so that it repeats along the same ones in each copy. */
function besideLanes(g: GraphBuilder, operand: Value, original: Value, output: Value): Value {
  const isMapped = operand.shape.length > original.shape.length;
  if (!isMapped && operand.shape.length === 0) return operand;
  const missing = new Array<number>(output.shape.length - original.shape.length).fill(1);
  return reshape(g, operand, [isMapped ? operand.shape[0]! : 1, ...missing, ...original.shape]);
}

/** Reshapes an operand that is not laid out as the output is: a vector beside an image, a kernel of one pixel beside others. */
function aligned(emitter: OnnxEmitter, name: string, operand: Value, output: Value): string {
  if (operand.shape.length === 0 || output.role === 'plain') return name;
  const shape = operand.shape.length === 1 ? [1, 1, 1, operand.shape[0]!] : operand.shape;
  return emitter.conform(name, { shape, role: operand.role }, output);
}
