// Shape checks that name the operation, what it expected and what it got.
import { HpoError } from '../study/errors.js';
import type { Value } from './graph.js';

export function graphError(operation: string, expected: string, got: string, cause?: unknown): HpoError {
  return new HpoError(
    'ERR_GRAPH',
    `expected ${expected}, got ${got} at ${operation}`,
    cause === undefined ? {} : { cause },
  );
}

/** A value as messages show it: `image [16, 13, 13, 512]`. */
export function describe(value: Pick<Value, 'shape' | 'role'>): string {
  return `${value.role} [${value.shape.join(', ')}]`;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}

/** The input at `index`, checked to be of that role. */
export function expectRole(operation: string, value: Value, role: Value['role'], what: string): Value {
  if (value.role !== role) {
    throw graphError(operation, `${what} of role ${role}`, describe(value));
  }
  return value;
}

export function expectRank(operation: string, value: Value, rank: number, what: string): Value {
  if (value.shape.length !== rank) {
    throw graphError(operation, `${what} of rank ${rank}`, describe(value));
  }
  return value;
}

export function expectShape(operation: string, value: Value, shape: readonly number[], what: string): void {
  if (!sameShape(value.shape, shape)) {
    throw graphError(operation, `${what} of shape [${shape.join(', ')}]`, describe(value));
  }
}

/** A dimension of a value whose rank has been checked. */
export function dim(value: { readonly shape: readonly number[] }, axis: number): number {
  return value.shape[axis]!;
}

/** The four dimensions of an image or a kernel. */
export function dims4({ shape }: { readonly shape: readonly number[] }): [number, number, number, number] {
  const [a, b, c, d] = shape;
  if (a === undefined || b === undefined || c === undefined || d === undefined || shape.length > 4) {
    throw graphError('dims4', 'a shape of rank 4', `[${shape.join(', ')}]`);
  }
  return [a, b, c, d];
}

/** An axis counted from the front; negative ones count from the back. */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw graphError(operation, `an axis of a value of rank ${rank}`, String(axis));
  }
  return normal;
}
