// Arrays whose numbers are known while a file is read: shape arithmetic, indices, scales. Computed here, not by the network.
import { HpoError } from '../study/errors.js';
import { must } from '../system/must.js';

/** Row-major. Doubles hold every integer that shapes are made of. */
export interface KnownArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
  readonly integer: boolean;
}

/** Of one array: more is no arithmetic with shapes, and a file may ask for anything. */
const MOST_NUMBERS = 2 ** 24;

/** Dimensions of one array: more is no network, and work grows with their square. */
export const MOST_DIMENSIONS = 64;

/** Of one array that is summed or compared along axes. */
const MOST_REDUCED = 2 ** 22;

export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, d) => product * d, 1);
}

export function known(
  data: Iterable<number> & ArrayLike<number>,
  shape: readonly number[],
  integer: boolean,
): KnownArray {
  return { shape, data: Float64Array.from(data), integer };
}

export function knownList(list: readonly number[]): KnownArray {
  return known(list, [list.length], true);
}

/** Zeros of a shape that a file asks for. Throws ERR_WEIGHTS where they are too many, or the shape is none. */
export function emptyOf(shape: readonly number[]): Float64Array {
  if (!isShape(shape) || sizeOfShape(shape) > MOST_NUMBERS) {
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected at most ${MOST_NUMBERS} numbers in an array of constants, got ${formatShape(shape)}`,
    );
  }
  return new Float64Array(sizeOfShape(shape));
}

/** How often something is done for a file: places along an axis, copies. Throws ERR_WEIGHTS beyond what memory is for. */
export function boundedCount(count: number, what: string, most = MOST_NUMBERS): number {
  if (Number.isInteger(count) && count >= 0 && count <= most) return count;
  throw new HpoError('ERR_WEIGHTS', `expected 0 to ${most} ${what}, got ${count}`);
}

/** Whether these are the lengths of an array's axes: not too many, whole and not negative. */
export function isShape(shape: readonly number[]): boolean {
  return shape.length <= MOST_DIMENSIONS && shape.every((d) => Number.isInteger(d) && d >= 0);
}

/** For messages; the first axes of too many. */
export function formatShape(shape: readonly number[]): string {
  return shape.length <= MOST_DIMENSIONS
    ? `[${shape.join(', ')}]`
    : `[${shape.slice(0, 4).join(', ')}, …] of ${shape.length} dimensions`;
}

/** The shape that both repeat to, as in numpy. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [p, q] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (p !== q && p !== 1 && q !== 1) {
      throw new HpoError(
        'ERR_WEIGHTS',
        `expected shapes that repeat to each other, got [${a.join(', ')}] and [${b.join(', ')}]`,
      );
    }
    return p === 1 ? q : p;
  });
}

/** The same numbers repeated to a shape. */
export function expandKnown(x: KnownArray, shape: readonly number[]): KnownArray {
  const full = broadcastShape(x.shape, shape);
  const data = emptyOf(full);
  const strides = stridesOf(x.shape);
  const padded = full.map((_, i) => {
    const own = i - full.length + x.shape.length;
    return own < 0 || x.shape[own] === 1 ? 0 : must(strides[own], 'a stride');
  });
  eachIndex(full, (index, at) => {
    data[at] = must(x.data[index.reduce((sum, n, i) => sum + n * must(padded[i], 'a stride'), 0)], 'a number');
  });
  return { shape: full, data, integer: x.integer };
}

export function binaryKnown(
  a: KnownArray,
  b: KnownArray,
  compute: (p: number, q: number) => number,
  integer = a.integer,
): KnownArray {
  const shape = broadcastShape(a.shape, b.shape);
  const [p, q] = [expandKnown(a, shape), expandKnown(b, shape)];
  return { shape, data: p.data.map((value, i) => compute(value, must(q.data[i], 'a number'))), integer };
}

export function mapKnown(x: KnownArray, compute: (value: number) => number, integer = x.integer): KnownArray {
  return { shape: x.shape, data: x.data.map(compute), integer };
}

export function transposeKnown(x: KnownArray, permutation: readonly number[]): KnownArray {
  const shape = permutation.map((axis) => must(x.shape[axis], 'an axis'));
  const strides = stridesOf(x.shape);
  const moved = permutation.map((axis) => must(strides[axis], 'an axis'));
  const data = emptyOf(shape);
  eachIndex(shape, (index, at) => {
    data[at] = must(x.data[index.reduce((sum, n, i) => sum + n * must(moved[i], 'a stride'), 0)], 'a number');
  });
  return { shape, data, integer: x.integer };
}

/** Entries along an axis. `indices` may have any rank, whose dimensions stand in place of the axis. */
export function gatherKnown(x: KnownArray, axis: number, indices: KnownArray): KnownArray {
  const outer = sizeOfShape(x.shape.slice(0, axis));
  const length = must(x.shape[axis], 'an axis');
  const inner = sizeOfShape(x.shape.slice(axis + 1));
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const data = emptyOf(shape);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const index of indices.data) {
      const i = index < 0 ? index + length : index;
      if (!Number.isInteger(i) || i < 0 || i >= length)
        throw new HpoError('ERR_WEIGHTS', `expected an index below ${length}, got ${index}`);
      data.set(x.data.subarray((o * length + i) * inner, (o * length + i + 1) * inner), at);
      at += inner;
    }
  }
  return { shape, data, integer: x.integer };
}

export function concatKnown(arrays: readonly KnownArray[], axis: number): KnownArray {
  const first = must(arrays[0], 'an array to join');
  const total = arrays.reduce((sum, { shape }) => sum + must(shape[axis], 'an axis'), 0);
  const shape = first.shape.map((d, i) => (i === axis ? total : d));
  const data = emptyOf(shape);
  const outer = sizeOfShape(first.shape.slice(0, axis));
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const one of arrays) {
      const run = one.data.length / outer;
      data.set(one.data.subarray(o * run, (o + 1) * run), at);
      at += run;
    }
  }
  return { shape, data, integer: first.integer };
}

/** Along one axis, as numpy slices with whole bounds within it. */
export function sliceKnown(x: KnownArray, axis: number, indices: readonly number[]): KnownArray {
  return gatherKnown(x, axis, knownList(indices));
}

/** Sums, products, … of the numbers along axes, which stay as 1 or vanish. */
export function reduceKnown(
  x: KnownArray,
  axes: readonly number[],
  keep: boolean,
  combine: (values: readonly number[]) => number,
): KnownArray {
  if (x.data.length > MOST_REDUCED) {
    throw new HpoError('ERR_WEIGHTS', `expected at most ${MOST_REDUCED} numbers to reduce, got ${x.data.length}`);
  }
  const kept = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const groups: number[][] = Array.from({ length: sizeOfShape(kept) }, () => []);
  const strides = stridesOf(kept);
  eachIndex(x.shape, (index, at) => {
    const group = index.reduce((sum, n, i) => sum + (axes.includes(i) ? 0 : n * must(strides[i], 'a stride')), 0);
    must(groups[group], 'a group').push(must(x.data[at], 'a number'));
  });
  const shape = keep ? kept : x.shape.filter((_, i) => !axes.includes(i));
  return { shape, data: Float64Array.from(groups, combine), integer: x.integer };
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, i) => sizeOfShape(shape.slice(i + 1)));
}

function eachIndex(shape: readonly number[], visit: (index: readonly number[], at: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const total = sizeOfShape(shape);
  for (let at = 0; at < total; at++) {
    visit(index, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = must(index[axis], 'an index') + 1;
      if (must(index[axis], 'an index') < must(shape[axis], 'an axis')) break;
      index[axis] = 0;
    }
  }
}
