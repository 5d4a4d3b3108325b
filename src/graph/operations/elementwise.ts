// Operations on one value, element by element.
import type { GraphBuilder } from '../builder.js';
import type { Value } from '../graph.js';
import type { OnnxEmitter } from '../onnx/emitter.js';
import type { Operation, Unary } from '../operation.js';
import type { Tfjs, TfjsTensor } from '../tfjs/lowering.js';
import { divide, greater, multiply, subtract } from './arithmetic.js';

interface ElementwiseRule {
  readonly name: string;
  /** dL/dx from x, y = f(x) and dL/dy. */
  gradient(g: GraphBuilder, x: Value, y: Value, dy: Value): Value;
  tfjs(tf: Tfjs, x: TfjsTensor): TfjsTensor;
  onnx(emitter: OnnxEmitter, x: string): string;
}

function elementwise(rule: ElementwiseRule): Operation<object, Unary> {
  const operation: Operation<object, Unary> = {
    name: rule.name,
    infer: ([{ shape, role }]) => ({ shape, role }),
    gradient: (g, { inputs: [x], output }, dy) => [rule.gradient(g, x, output, dy)],
    vmap: (g, _, inputs) => g.add(operation, inputs, {}),
    tfjs: ({ tf }, [x]) => rule.tfjs(tf, x),
    onnx: (emitter, [x]) => rule.onnx(emitter, x),
  };
  return operation;
}

export const reluOperation = elementwise({
  name: 'relu',
  // y > 0 just where x > 0; reading y alone lets x go, and convolution and relu be one kernel.
  gradient: (g, _, y, dy) => multiply(g, dy, greater(g, y, g.scalar(0))),
  tfjs: (tf, x) => tf.relu(x),
  onnx: (emitter, x) => emitter.emit('Relu', [x]),
});

export const relu6Operation = elementwise({
  name: 'relu6',
  gradient: (g, _, y, dy) => multiply(g, dy, multiply(g, greater(g, y, g.scalar(0)), greater(g, g.scalar(6), y))),
  tfjs: (tf, x) => tf.relu6(x),
  onnx: (emitter, x) => emitter.emit('Clip', [x, emitter.floats([0]), emitter.floats([6])]),
});

export const sigmoidOperation = elementwise({
  name: 'sigmoid',
  gradient: (g, _, y, dy) => multiply(g, dy, multiply(g, y, subtract(g, g.scalar(1), y))),
  tfjs: (tf, x) => tf.sigmoid(x),
  onnx: (emitter, x) => emitter.emit('Sigmoid', [x]),
});

export const expOperation = elementwise({
  name: 'exp',
  gradient: (g, _, y, dy) => multiply(g, dy, y),
  tfjs: (tf, x) => tf.exp(x),
  onnx: (emitter, x) => emitter.emit('Exp', [x]),
});

export const logOperation = elementwise({
  name: 'log',
  gradient: (g, x, _, dy) => divide(g, dy, x),
  tfjs: (tf, x) => tf.log(x),
  onnx: (emitter, x) => emitter.emit('Log', [x]),
});

export const sqrtOperation = elementwise({
  name: 'sqrt',
  gradient: (g, _, y, dy) => divide(g, multiply(g, dy, g.scalar(0.5)), y),
  tfjs: (tf, x) => tf.sqrt(x),
  onnx: (emitter, x) => emitter.emit('Sqrt', [x]),
});

export const absOperation = elementwise({
  name: 'abs',
  gradient: (g, x, _, dy) => multiply(g, dy, subtract(g, greater(g, x, g.scalar(0)), greater(g, g.scalar(0), x))),
  tfjs: (tf, x) => tf.abs(x),
  onnx: (emitter, x) => emitter.emit('Abs', [x]),
});

/** max(x, 0); the gradient at 0 is 0. */
export const relu = (g: GraphBuilder, x: Value): Value => g.add(reluOperation, [x], {});
/** min(max(x, 0), 6); the gradient at 0 and at 6 is 0. */
export const relu6 = (g: GraphBuilder, x: Value): Value => g.add(relu6Operation, [x], {});
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (g: GraphBuilder, x: Value): Value => g.add(sigmoidOperation, [x], {});
/** x · sigmoid(x), also called SiLU. */
export const swish = (g: GraphBuilder, x: Value): Value => multiply(g, x, sigmoid(g, x));
export const exp = (g: GraphBuilder, x: Value): Value => g.add(expOperation, [x], {});
/** The natural logarithm. */
export const log = (g: GraphBuilder, x: Value): Value => g.add(logOperation, [x], {});
export const sqrt = (g: GraphBuilder, x: Value): Value => g.add(sqrtOperation, [x], {});
/** |x|; the gradient at 0 is 0. */
export const abs = (g: GraphBuilder, x: Value): Value => g.add(absOperation, [x], {});
export const square = (g: GraphBuilder, x: Value): Value => multiply(g, x, x);
export const negate = (g: GraphBuilder, x: Value): Value => multiply(g, x, g.scalar(-1));
export const reciprocal = (g: GraphBuilder, x: Value): Value => divide(g, g.scalar(1), x);
/** 1 / √x. */
export const rsqrt = (g: GraphBuilder, x: Value): Value => reciprocal(g, sqrt(g, x));
