// Operators that work element by element.
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { LOWEST } from '../../graph/host-tensor.js';
import * as arithmetic from '../../graph/operations/arithmetic.js';
import * as elementwise from '../../graph/operations/elementwise.js';
import { reshape } from '../../graph/operations/reshape.js';
import { type KnownArray, binaryKnown, broadcastShape, expandKnown, mapKnown } from '../known.js';
import { type NodeView, type Operator, rankOf } from '../node-view.js';
import { type Context, type Form, NoGradient, type Traced, flow, knownValue } from '../traced.js';

const { add, subtract, multiply, divide, minimum, maximum } = arithmetic;

type Unary = (g: GraphBuilder, x: Value, view: NodeView, context: Context) => Value;

/** On one array; the form stays. */
export function applied(context: Context, x: Traced, compute: (g: GraphBuilder, x: Value) => Value): Traced {
  const form: Form = x.kind === 'flow' ? x.form : 'plain';
  const value = form === 'image' ? context.image(x) : context.plain(x);
  return flow(compute(context.g, value), form);
}

function unary(compute: Unary, fold?: (value: number, view: NodeView) => number): Operator {
  return (context, view) => {
    const x = view.input(0);
    if (fold !== undefined && context.isKnown(x)) {
      return [knownValue(mapKnown(context.known(x, 'numbers'), (value) => fold(value, view)))];
    }
    return [applied(context, x, (g, value) => compute(g, value, view, context))];
  };
}

/** Only of known numbers: there is no useful gradient. */
function folded(compute: (value: number) => number): Operator {
  return (context, view) => [knownValue(mapKnown(context.known(view.input(0), 'its input'), compute))];
}

type Pair = (g: GraphBuilder, a: Value, b: Value) => Value;

/** Two arrays in one form and of one rank, so that they repeat along each other. */
export function aligned(context: Context, a: Traced, b: Traced): { a: Value; b: Value; form: Form } {
  const rank = Math.max(rankOf(a), rankOf(b));
  const isImage = rank === 4 && [a, b].some((x) => x.kind === 'flow' && x.form === 'image');
  const form = isImage ? 'image' : 'plain';
  const prepared = (x: Traced): Value => {
    if (rankOf(x) === rank) return isImage ? context.image(x) : context.plain(x);
    const plain = context.plain(x);
    if (rankOf(x) === 0 || (!isImage && rankOf(x) === 1)) {
      if (rankOf(x) === 0) return plain;
      const other = x === a ? b : a;
      // A vector beside a longer last axis is one of the shapes that arithmetic takes as they are.
      if (other.shape.at(-1) === x.shape[0]) return plain;
    }
    const shape = [...new Array<number>(rank - rankOf(x)).fill(1), ...x.shape];
    const wide = flow(reshape(context.g, plain, shape));
    return isImage ? context.image(wide) : wide.value;
  };
  return { a: prepared(a), b: prepared(b), form };
}

export function combined(context: Context, a: Traced, b: Traced, compute: Pair): Traced {
  broadcastShape(a.shape, b.shape);
  const pair = aligned(context, a, b);
  return flow(compute(context.g, pair.a, pair.b), pair.form);
}

function binary(compute: Pair, fold: (a: number, b: number) => number): Operator {
  return (context, view) => {
    const rest = view.inputs.slice(1);
    return [
      rest.reduce<Traced>((a, _, i) => {
        const b = view.input(i + 1);
        if (!context.isKnown(a) || !context.isKnown(b)) return combined(context, a, b, compute);
        const [x, y] = [context.known(a, 'numbers'), context.known(b, 'numbers')];
        return knownValue(binaryKnown(x, y, fold));
      }, view.input(0)),
    ];
  };
}

function compared(fold: (a: number, b: number) => boolean): Operator {
  return (context, view) => {
    const [a, b] = [context.known(view.input(0), 'its input'), context.known(view.input(1), 'its input')];
    return [knownValue(binaryKnown(a, b, (p, q) => Number(fold(p, q)), true))];
  };
}

const power: Operator = (context, view) => {
  const [x, exponent] = [view.input(0), context.known(view.input(1), 'the exponent')];
  if (context.isKnown(x)) return [knownValue(binaryKnown(context.known(x, 'numbers'), exponent, (a, b) => a ** b))];
  const first = exponent.data[0];
  if (first === undefined || !exponent.data.every((one) => one === first)) throw new NoGradient('several exponents');
  return [applied(context, x, (g, value) => elementwise.power(g, value, first))];
};

const clip: Operator = (context, view) => {
  const bound = (index: number, name: string, otherwise: number): number => {
    const given = view.optional(index);
    if (given !== undefined) return context.known(given, 'a bound').data[0] ?? otherwise;
    return view.float(name, otherwise);
  };
  const [low, high] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
  const x = view.input(0);
  if (context.isKnown(x)) {
    return [knownValue(mapKnown(context.known(x, 'numbers'), (value) => Math.min(Math.max(value, low), high)))];
  }
  return [
    applied(context, x, (g, value) => {
      if (low === 0 && high === 6) return elementwise.relu6(g, value);
      const below = high < -LOWEST ? minimum(g, value, g.scalar(high)) : value;
      if (low === 0) return elementwise.relu(g, below);
      return low > LOWEST ? maximum(g, below, g.scalar(low)) : below;
    }),
  ];
};

/** log(1 + eˣ), without overflow. */
function softplus(g: GraphBuilder, x: Value): Value {
  const small = elementwise.exp(g, elementwise.negate(g, elementwise.abs(g, x)));
  return add(g, elementwise.relu(g, x), elementwise.log(g, add(g, small, g.scalar(1))));
}

const negativePart = (g: GraphBuilder, x: Value): Value => minimum(g, x, g.scalar(0));

const elu = (g: GraphBuilder, x: Value, alpha: number, rate = 1): Value => {
  const below = elementwise.exp(g, multiply(g, negativePart(g, x), g.scalar(rate)));
  return add(g, elementwise.relu(g, x), multiply(g, subtract(g, below, g.scalar(1)), g.scalar(alpha)));
};

const hardSigmoid = (g: GraphBuilder, x: Value, alpha: number, beta: number): Value => {
  if (Math.abs(alpha - 1 / 6) < 1e-6 && beta === 0.5) return elementwise.hardSigmoid(g, x);
  const line = add(g, multiply(g, x, g.scalar(alpha)), g.scalar(beta));
  return elementwise.relu(g, minimum(g, line, g.scalar(1)));
};

const prelu: Operator = (context, view) => {
  const x = view.input(0);
  const positive = applied(context, x, (g, value) => elementwise.relu(g, value));
  const negative = applied(context, x, negativePart);
  return [combined(context, positive, combined(context, view.input(1), negative, multiply), add)];
};

const where: Operator = (context, view) => {
  const mask = context.known(view.input(0), 'the condition');
  const [a, b] = [view.input(1), view.input(2)];
  const shape = broadcastShape(broadcastShape(mask.shape, a.shape), b.shape);
  const chosen = expandKnown(mask, shape);
  const isKnown = context.isKnown(a) && context.isKnown(b);
  const part = (x: Traced, wanted: boolean): Traced => {
    const share = mapKnown(chosen, (one) => Number((one !== 0) === wanted), false);
    if (!context.isKnown(x)) return combined(context, x, knownValue(share), multiply);
    // Zero times infinity is no number.
    const numbers = expandKnown(context.known(x, 'numbers'), shape);
    return knownValue({ ...numbers, data: numbers.data.map((one, i) => (share.data[i] === 1 ? one : 0)) });
  };
  if (!isKnown) return [combined(context, part(a, true), part(b, false), add)];
  const [p, q] = [context.known(part(a, true), 'numbers'), context.known(part(b, false), 'numbers')];
  return [knownValue(binaryKnown(p, q, (x, y) => x + y, context.known(a, 'numbers').integer))];
};

const INTEGER_TYPES = [2, 3, 4, 5, 6, 7, 9, 12, 13];

const cast: Operator = (context, view) => {
  const x = view.input(0);
  const integer = INTEGER_TYPES.includes(view.int('to', 1));
  if (x.kind === 'flow' || !context.isKnown(x)) {
    if (integer) throw new NoGradient('whole numbers of what the network computes');
    return [x];
  }
  const isBool = view.int('to', 1) === 9;
  const convert = (value: number): number => (isBool ? Number(value !== 0) : integer ? Math.trunc(value) : value);
  return [knownValue(mapKnown(context.known(x, 'numbers'), convert, integer))];
};

const mean: Operator = (context, view) => {
  const sum = view.inputs
    .slice(1)
    .reduce<Traced>((total, _, i) => combined(context, total, view.input(i + 1), add), view.input(0));
  return [applied(context, sum, (g, value) => multiply(g, value, g.scalar(1 / view.inputs.length)))];
};

const division = (a: KnownArray, b: KnownArray): KnownArray =>
  binaryKnown(a, b, (p, q) => (a.integer && b.integer ? Math.trunc(p / q) : p / q), a.integer && b.integer);

const div: Operator = (context, view) => {
  const [a, b] = [view.input(0), view.input(1)];
  if (!context.isKnown(a) || !context.isKnown(b)) return [combined(context, a, b, divide)];
  return [knownValue(division(context.known(a, 'numbers'), context.known(b, 'numbers')))];
};

const same: Operator = (_, view) => [view.input(0)];

export const ELEMENTWISE: Readonly<Record<string, Operator>> = {
  Relu: unary(
    (g, x) => elementwise.relu(g, x),
    (x) => Math.max(x, 0),
  ),
  Sigmoid: unary((g, x) => elementwise.sigmoid(g, x)),
  Tanh: unary((g, x) => elementwise.tanh(g, x)),
  Erf: unary((g, x) => elementwise.erf(g, x)),
  Exp: unary((g, x) => elementwise.exp(g, x), Math.exp),
  Log: unary((g, x) => elementwise.log(g, x), Math.log),
  Sqrt: unary((g, x) => elementwise.sqrt(g, x), Math.sqrt),
  Abs: unary((g, x) => elementwise.abs(g, x), Math.abs),
  Neg: unary(
    (g, x) => elementwise.negate(g, x),
    (x) => -x,
  ),
  Reciprocal: unary(
    (g, x) => elementwise.reciprocal(g, x),
    (x) => 1 / x,
  ),
  HardSwish: unary((g, x) => elementwise.hardSwish(g, x)),
  HardSigmoid: unary((g, x, view) => hardSigmoid(g, x, view.float('alpha', 0.2), view.float('beta', 0.5))),
  Gelu: unary((g, x, view) =>
    view.text('approximate', 'none') === 'tanh' ? elementwise.tanhGelu(g, x) : elementwise.gelu(g, x),
  ),
  Swish: unary((g, x, view) =>
    multiply(g, x, elementwise.sigmoid(g, multiply(g, x, g.scalar(view.float('alpha', 1))))),
  ),
  Softplus: unary((g, x) => softplus(g, x)),
  Mish: unary((g, x) => multiply(g, x, elementwise.tanh(g, softplus(g, x)))),
  Softsign: unary((g, x) => divide(g, x, add(g, elementwise.abs(g, x), g.scalar(1)))),
  Elu: unary((g, x, view) => elu(g, x, view.float('alpha', 1))),
  Celu: unary((g, x, view) => elu(g, x, view.float('alpha', 1), 1 / view.float('alpha', 1))),
  Selu: unary((g, x, view) => {
    const alpha = view.float('alpha', 1.6732632);
    return multiply(g, elu(g, x, alpha), g.scalar(view.float('gamma', 1.050701)));
  }),
  LeakyRelu: unary((g, x, view) =>
    add(g, elementwise.relu(g, x), multiply(g, negativePart(g, x), g.scalar(view.float('alpha', 0.01)))),
  ),
  PRelu: prelu,
  Add: binary(add, (a, b) => a + b),
  Sum: binary(add, (a, b) => a + b),
  Sub: binary(subtract, (a, b) => a - b),
  Mul: binary(multiply, (a, b) => a * b),
  Div: div,
  Min: binary(minimum, Math.min),
  Max: binary(maximum, Math.max),
  Mean: mean,
  Pow: power,
  Clip: clip,
  Where: where,
  Cast: cast,
  CastLike: same,
  Identity: same,
  Dropout: same,
  Equal: compared((a, b) => a === b),
  Greater: compared((a, b) => a > b),
  GreaterOrEqual: compared((a, b) => a >= b),
  Less: compared((a, b) => a < b),
  LessOrEqual: compared((a, b) => a <= b),
  And: compared((a, b) => a !== 0 && b !== 0),
  Or: compared((a, b) => a !== 0 || b !== 0),
  Not: folded((x) => Number(x === 0)),
  Floor: folded(Math.floor),
  Ceil: folded(Math.ceil),
  Round: folded(Math.round),
  Sign: folded(Math.sign),
  Sin: folded(Math.sin),
  Cos: folded(Math.cos),
  Mod: (context, view) => {
    const [a, b] = [context.known(view.input(0), 'its input'), context.known(view.input(1), 'its input')];
    const floor = view.int('fmod', 0) === 0;
    return [knownValue(binaryKnown(a, b, (p, q) => (floor ? p - Math.floor(p / q) * q : p % q)))];
  },
};
