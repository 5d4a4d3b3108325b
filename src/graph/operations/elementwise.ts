// Operations on one value, element by element.
import type { GraphBuilder } from '../builder.js';
import type { Value } from '../graph.js';
import { rectified } from '../onnx/blocked.js';
import { ELEMENT_TYPE, type OnnxEmitter } from '../onnx/emitter.js';
import type { Operation, Unary } from '../operation.js';
import type { Tfjs, TfjsTensor } from '../tfjs/lowering.js';
import { number } from '../torch/emitter.js';
import { add, divide, greater, multiply, subtract } from './arithmetic.js';

interface ElementwiseRule {
  readonly name: string;
  /** dL/dx from x, y = f(x) and dL/dy. */
  gradient(g: GraphBuilder, x: Value, y: Value, dy: Value): Value;
  tfjs(tf: Tfjs, x: TfjsTensor): TfjsTensor;
  /** @param isShared whether x has other readers. */
  onnx(emitter: OnnxEmitter, x: string, isShared: boolean): string;
  /** A function of PyTorch. */
  readonly torch: string;
}

function elementwise(rule: ElementwiseRule): Operation<object, Unary> {
  const operation: Operation<object, Unary> = {
    name: rule.name,
    infer: ([{ shape, role }]) => ({ shape, role }),
    gradient: (g, { inputs: [x], output }, dy) => [rule.gradient(g, x, output, dy)],
    vmap: (g, _, inputs) => g.add(operation, inputs, {}),
    tfjs: ({ tf }, [x]) => rule.tfjs(tf, x),
    onnx: (emitter, [x], { inputs }) => rule.onnx(emitter, x, emitter.readers(inputs[0]).length > 1),
    torch: (emitter, [x]) => emitter.emit(`${rule.torch}(${emitter.tensor(x)})`),
  };
  return operation;
}

export const reluOperation = elementwise({
  name: 'relu',
  // y > 0 just where x > 0; reading y alone lets x go, and convolution and relu be one kernel.
  // Maximum pooling of y has passed on nothing to zeros already.
  gradient(g, _, y, dy) {
    const node = g.nodeOf(dy);
    return node?.op === 'maxPoolGradient' && node.inputs[0] === y ? dy : multiply(g, dy, greater(g, y, g.scalar(0)));
  },
  tfjs: (tf, x) => tf.relu(x),
  onnx: rectified,
  torch: 'torch.relu',
});

export const relu6Operation = elementwise({
  name: 'relu6',
  gradient: (g, _, y, dy) => multiply(g, dy, between(g, y, 0, 6)),
  tfjs: (tf, x) => tf.relu6(x),
  onnx: (emitter, x) => emitter.emit('Clip', [x, emitter.floats([0]), emitter.floats([6])]),
  torch: 'F.relu6',
});

export const sigmoidOperation = elementwise({
  name: 'sigmoid',
  gradient: (g, _, y, dy) => multiply(g, dy, multiply(g, y, subtract(g, g.scalar(1), y))),
  tfjs: (tf, x) => tf.sigmoid(x),
  onnx: (emitter, x) => emitter.emit('Sigmoid', [x]),
  torch: 'torch.sigmoid',
});

export const swishOperation = elementwise({
  name: 'swish',
  // σ(x) + x·σ(x)·(1 − σ(x)), with y in place of x·σ(x): fewer passes, and no digits are lost where x is large.
  gradient: (g, x, y, dy) => multiply(g, dy, multiply(g, sigmoid(g, x), add(g, subtract(g, x, y), g.scalar(1)))),
  tfjs: (tf, x) => tf.mul(x, tf.sigmoid(x)),
  onnx: (emitter, x) => emitter.emit('Mul', [x, emitter.emit('Sigmoid', [x])]),
  torch: 'F.silu',
});

export const logSigmoidOperation = elementwise({
  name: 'logSigmoid',
  gradient: (g, x, _, dy) => multiply(g, dy, sigmoid(g, negate(g, x))),
  tfjs: (tf, x) => tf.neg(tf.softplus(tf.neg(x))),
  // min(x, 0) − ln(1 + e^−|x|): no exponential overflows, and every provider has these operators.
  onnx(emitter, x) {
    const size = emitter.emit('Exp', [emitter.emit('Neg', [emitter.emit('Abs', [x])])]);
    const rest = emitter.emit('Log', [emitter.emit('Add', [size, emitter.floats([1])])]);
    return emitter.emit('Sub', [emitter.emit('Min', [x, emitter.floats([0])]), rest]);
  },
  torch: 'F.logsigmoid',
});

export const expOperation = elementwise({
  name: 'exp',
  gradient: (g, _, y, dy) => multiply(g, dy, y),
  tfjs: (tf, x) => tf.exp(x),
  onnx: (emitter, x) => emitter.emit('Exp', [x]),
  torch: 'torch.exp',
});

export const logOperation = elementwise({
  name: 'log',
  gradient: (g, x, _, dy) => divide(g, dy, x),
  tfjs: (tf, x) => tf.log(x),
  onnx: (emitter, x) => emitter.emit('Log', [x]),
  torch: 'torch.log',
});

export const sqrtOperation = elementwise({
  name: 'sqrt',
  gradient: (g, _, y, dy) => divide(g, multiply(g, dy, g.scalar(0.5)), y),
  tfjs: (tf, x) => tf.sqrt(x),
  onnx: (emitter, x) => emitter.emit('Sqrt', [x]),
  torch: 'torch.sqrt',
});

export const absOperation = elementwise({
  name: 'abs',
  gradient: (g, x, _, dy) => multiply(g, dy, subtract(g, greater(g, x, g.scalar(0)), greater(g, g.scalar(0), x))),
  tfjs: (tf, x) => tf.abs(x),
  onnx: (emitter, x) => emitter.emit('Abs', [x]),
  torch: 'torch.abs',
});

export const hardSigmoidOperation = elementwise({
  name: 'hardSigmoid',
  // 0 < y < 1 just where the line has its slope.
  gradient: (g, _, y, dy) => multiply(g, dy, multiply(g, between(g, y, 0, 1), g.scalar(1 / 6))),
  tfjs: (tf, x) => tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6),
  onnx: (emitter, x) => emitter.emit('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  torch: 'F.hardsigmoid',
});

export const hardSwishOperation = elementwise({
  name: 'hardSwish',
  // y = x·h(x): h(x) + x·h′(x), where h is the hard sigmoid.
  gradient: (g, x, _, dy) => {
    const h = hardSigmoid(g, x);
    return multiply(g, dy, add(g, h, multiply(g, x, multiply(g, between(g, h, 0, 1), g.scalar(1 / 6)))));
  },
  tfjs: (tf, x) => tf.mul(x, tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6)),
  onnx: (emitter, x) =>
    emitter.emit('Mul', [x, emitter.emit('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })]),
  torch: 'F.hardswish',
});

export const tanhOperation = elementwise({
  name: 'tanh',
  gradient: (g, _, y, dy) => multiply(g, dy, subtract(g, g.scalar(1), square(g, y))),
  tfjs: (tf, x) => tf.tanh(x),
  onnx: (emitter, x) => emitter.emit('Tanh', [x]),
  torch: 'torch.tanh',
});

export const erfOperation = elementwise({
  name: 'erf',
  gradient: (g, x, _, dy) =>
    multiply(g, dy, multiply(g, exp(g, negate(g, square(g, x))), g.scalar(2 / Math.sqrt(Math.PI)))),
  tfjs: (tf, x) => tf.erf(x),
  onnx: (emitter, x) => emitter.emit('Erf', [x]),
  torch: 'torch.erf',
});

export const geluOperation = elementwise({
  name: 'gelu',
  // Φ(x) + x·φ(x), with the normal distribution's own function and density.
  gradient: (g, x, _, dy) => {
    const below = add(g, multiply(g, erf(g, multiply(g, x, g.scalar(Math.SQRT1_2))), g.scalar(0.5)), g.scalar(0.5));
    const density = exp(g, add(g, multiply(g, square(g, x), g.scalar(-0.5)), g.scalar(-0.5 * Math.log(2 * Math.PI))));
    return multiply(g, dy, add(g, below, multiply(g, x, density)));
  },
  tfjs: (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  onnx: (emitter, x) => emitter.emit('Gelu', [x], {}, 'com.microsoft'),
  torch: 'F.gelu',
});

interface BetweenAttributes {
  readonly low: number;
  readonly high: number;
}

/** Made for the gradients of activations that are cut off; its own is zero. */
export const betweenOperation: Operation<BetweenAttributes, Unary> = {
  name: 'between',
  infer: ([{ shape, role }]) => ({ shape, role }),
  gradient: () => [undefined],
  vmap: (g, { attributes }, inputs) => g.add(betweenOperation, inputs, attributes),
  tfjs: ({ tf }, [x], { attributes: { low, high } }) =>
    tf.cast(tf.logicalAnd(tf.greater(x, low), tf.less(x, high)), 'float32'),
  onnx(emitter, [x], { attributes: { low, high } }) {
    const sides = [
      emitter.emit('Greater', [x, emitter.floats([low])]),
      emitter.emit('Less', [x, emitter.floats([high])]),
    ];
    return emitter.emit('Cast', [emitter.emit('And', sides)], { to: ELEMENT_TYPE.float32 });
  },
  torch: (emitter, [x], { attributes: { low, high } }) =>
    emitter.emit(`((${emitter.tensor(x)} > ${number(low)}) & (${x} < ${number(high)})).to(torch.float32)`),
};

export const powerOperation: Operation<{ readonly exponent: number }, Unary> = {
  name: 'power',
  infer: ([{ shape, role }]) => ({ shape, role }),
  gradient: (g, { inputs: [x], attributes: { exponent } }, dy) => [
    multiply(g, dy, multiply(g, power(g, x, exponent - 1), g.scalar(exponent))),
  ],
  vmap: (g, { attributes }, inputs) => g.add(powerOperation, inputs, attributes),
  tfjs: ({ tf }, [x], { attributes: { exponent } }) => tf.pow(x, tf.scalar(exponent)),
  onnx: (emitter, [x], { attributes: { exponent } }) => emitter.emit('Pow', [x, emitter.floats([exponent])]),
  torch: (emitter, [x], { attributes: { exponent } }) => emitter.emit(`${emitter.tensor(x)} ** ${number(exponent)}`),
};

/** max(x, 0); the gradient at 0 is 0. */
export const relu = (g: GraphBuilder, x: Value): Value => g.add(reluOperation, [x], {});
/** min(max(x, 0), 6); the gradient at 0 and at 6 is 0. */
export const relu6 = (g: GraphBuilder, x: Value): Value => g.add(relu6Operation, [x], {});
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (g: GraphBuilder, x: Value): Value => g.add(sigmoidOperation, [x], {});
/** ln sigmoid(x), finite for any finite x. */
export const logSigmoid = (g: GraphBuilder, x: Value): Value => g.add(logSigmoidOperation, [x], {});
/** x · sigmoid(x), also called SiLU. */
export const swish = (g: GraphBuilder, x: Value): Value => g.add(swishOperation, [x], {});
export const exp = (g: GraphBuilder, x: Value): Value => g.add(expOperation, [x], {});
/** The natural logarithm. */
export const log = (g: GraphBuilder, x: Value): Value => g.add(logOperation, [x], {});
export const sqrt = (g: GraphBuilder, x: Value): Value => g.add(sqrtOperation, [x], {});
/** |x|; the gradient at 0 is 0. */
export const abs = (g: GraphBuilder, x: Value): Value => g.add(absOperation, [x], {});
/** max(0, min(1, x / 6 + 1/2)) (torch.nn.Hardsigmoid); the gradient at −3 and at 3 is 0. */
export const hardSigmoid = (g: GraphBuilder, x: Value): Value => g.add(hardSigmoidOperation, [x], {});
/** x · hardSigmoid(x) (Howard et al. 2019, arXiv 1905.02244). */
export const hardSwish = (g: GraphBuilder, x: Value): Value => g.add(hardSwishOperation, [x], {});
export const tanh = (g: GraphBuilder, x: Value): Value => g.add(tanhOperation, [x], {});
/** The error function. */
export const erf = (g: GraphBuilder, x: Value): Value => g.add(erfOperation, [x], {});
/** x · Φ(x), with the normal distribution Φ (Hendrycks, Gimpel 2016, arXiv 1606.08415). */
export const gelu = (g: GraphBuilder, x: Value): Value => g.add(geluOperation, [x], {});
/** The approximation by tanh of the same paper. */
export const tanhGelu = (g: GraphBuilder, x: Value): Value => {
  const inner = multiply(g, x, add(g, multiply(g, square(g, x), g.scalar(0.044715)), g.scalar(1)));
  const share = tanh(g, multiply(g, inner, g.scalar(Math.sqrt(2 / Math.PI))));
  return multiply(g, multiply(g, x, g.scalar(0.5)), add(g, share, g.scalar(1)));
};
/** x to a power that is known beforehand; negative x only to whole powers. */
export function power(g: GraphBuilder, x: Value, exponent: number): Value {
  switch (exponent) {
    case 1:
      return x;
    case 2:
      return square(g, x);
    case 0.5:
      return sqrt(g, x);
    case -1:
      return reciprocal(g, x);
    case -0.5:
      return rsqrt(g, x);
    default:
      return g.add(powerOperation, [x], { exponent });
  }
}
export const square = (g: GraphBuilder, x: Value): Value => multiply(g, x, x);
export const negate = (g: GraphBuilder, x: Value): Value => multiply(g, x, g.scalar(-1));
export const reciprocal = (g: GraphBuilder, x: Value): Value => divide(g, g.scalar(1), x);
/** 1 / √x. */
export const rsqrt = (g: GraphBuilder, x: Value): Value => reciprocal(g, sqrt(g, x));

/** 1 where low < x < high, else 0. */
function between(g: GraphBuilder, x: Value, low: number, high: number): Value {
  return g.add(betweenOperation, [x], { low, high });
}
