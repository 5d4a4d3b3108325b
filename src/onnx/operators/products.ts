// Products of matrices.
import type { Value } from '../../graph/graph.js';
import { add, multiply } from '../../graph/operations/arithmetic.js';
import { matMul } from '../../graph/operations/mat-mul.js';
import { broadcastTo } from '../../graph/operations/reduce.js';
import { reshape } from '../../graph/operations/reshape.js';
import { transpose } from '../../graph/operations/transpose.js';
import { must } from '../../system/must.js';
import { broadcastShape, sizeOfShape } from '../known.js';
import type { NodeView, Operator } from '../node-view.js';
import { type Context, NoGradient, type Traced, flow } from '../traced.js';
import { combined } from './elementwise.js';

/** a·b as numpy has it: the last two axes are matrices, the others repeat to each other. */
export function matrixProduct(context: Context, a: Traced, b: Traced, scale = 1): Traced {
  const { g } = context;
  const [left, right] = [matrixOf(context, a, true), matrixOf(context, b, false)];
  const [rows, inner] = [at(left.shape, -2), at(left.shape, -1)];
  const columns = at(right.shape, -1);
  const outer = broadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const copies = sizeOfShape(outer);
  context.count(copies * rows * inner * columns);
  const product = (): Value => {
    if (right.shape.slice(0, -2).every((d) => d === 1)) {
      const matrix = reshape(g, right, [inner, columns]);
      return matMul(g, reshape(g, left, [copies * rows, inner]), matrix);
    }
    const inCopies = (x: Value): Value => {
      const [height, width] = [at(x.shape, -2), at(x.shape, -1)];
      const ones = new Array<number>(outer.length + 2 - x.shape.length).fill(1);
      const wide = broadcastTo(g, reshape(g, x, [...ones, ...x.shape]), [...outer, height, width]);
      return reshape(g, wide, [copies, height, width]);
    };
    return matMul(g, inCopies(left), inCopies(right));
  };
  const made = scale === 1 ? product() : multiply(g, product(), g.scalar(scale));
  const shape = [...outer, ...(a.shape.length === 1 ? [] : [rows]), ...(b.shape.length === 1 ? [] : [columns])];
  return flow(reshape(g, made, shape));
}

/** A vector counts as a row on the left and as a column on the right. */
function matrixOf(context: Context, x: Traced, isLeft: boolean): Value {
  const value = context.plain(x);
  if (x.shape.length > 1) return value;
  const length = must(x.shape[0], 'a vector');
  return reshape(context.g, value, isLeft ? [1, length] : [length, 1]);
}

const gemm: Operator = (context, view) => {
  const { g } = context;
  const [a, b] = [context.plain(view.input(0)), context.plain(view.input(1))];
  const [transposeA, transposeB] = [view.int('transA', 0) === 1, view.int('transB', 0) === 1];
  const scaled = (x: Value, by: number): Value => (by === 1 ? x : multiply(g, x, g.scalar(by)));
  const product = scaled(matMul(g, a, b, { transposeA, transposeB }), view.float('alpha', 1));
  context.count(sizeOfShape(product.shape) * at(a.shape, transposeA ? 0 : 1));
  const bias = view.optional(2);
  if (bias === undefined || view.float('beta', 1) === 0) return [flow(product)];
  const beta = view.float('beta', 1);
  return [combined(context, flow(product), bias, (graph, x, y) => add(graph, x, scaled(y, beta)))];
};

/** The letters of a subscript: of one operand, or of the result. */
const einsum: Operator = (context, view) => {
  const equation = view.text('equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const [first = '', second, third] = left.split(',');
  if (right === undefined || second === undefined || third !== undefined || equation.includes('.')) {
    throw new NoGradient(`einsum ${equation}`);
  }
  return [contracted(context, view, { a: first, b: second, result: right })];
};

interface Subscripts {
  readonly a: string;
  readonly b: string;
  readonly result: string;
}

/** Letters in both and in the result are copies, in both alone are summed; the others are rows and columns of matrices. */
function contracted(context: Context, view: NodeView, { a, b, result }: Subscripts): Traced {
  const { g } = context;
  const [x, y] = [view.input(0), view.input(1)];
  const letters = (text: string, keep: (one: string) => boolean): string[] => text.split(/(?:)/).filter(keep);
  const copies = letters(a, (one) => b.includes(one) && result.includes(one));
  const summed = letters(a, (one) => b.includes(one) && !result.includes(one));
  const rows = letters(a, (one) => !b.includes(one));
  const columns = letters(b, (one) => !a.includes(one));
  if ([...rows, ...columns].some((one) => !result.includes(one)))
    throw new NoGradient('an einsum that sums one operand alone');
  const length = (one: string): number =>
    must(a.includes(one) ? x.shape[a.indexOf(one)] : y.shape[b.indexOf(one)], 'an axis');
  const size = (list: readonly string[]): number => sizeOfShape(list.map(length));
  const ordered = (value: Traced, own: string, order: readonly string[], shape: number[]): Value => {
    const moved = transposePlain(
      context,
      value,
      order.map((one) => own.indexOf(one)),
    );
    return reshape(g, moved, shape);
  };
  const left = ordered(x, a, [...copies, ...rows, ...summed], [size(copies), size(rows), size(summed)]);
  const right = ordered(y, b, [...copies, ...summed, ...columns], [size(copies), size(summed), size(columns)]);
  context.count(size(copies) * size(rows) * size(summed) * size(columns));
  const order = [...copies, ...rows, ...columns];
  const made = reshape(g, matMul(g, left, right), order.map(length));
  const back = result.split(/(?:)/).map((one) => order.indexOf(one));
  return flow(transposePlain(context, flow(made), back));
}

function transposePlain(context: Context, x: Traced, permutation: readonly number[]): Value {
  return transpose(context.g, context.plain(x), permutation);
}

function at(shape: readonly number[], axis: number): number {
  return must(shape.at(axis), 'an axis of a matrix');
}

export const PRODUCTS: Readonly<Record<string, Operator>> = {
  MatMul: (context, view) => [matrixProduct(context, view.input(0), view.input(1))],
  Gemm: gemm,
  Einsum: einsum,
};
