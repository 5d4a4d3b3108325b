// Half precision: features as IEEE 754 binary16 take half the bytes on disk and in memory.
import { halfBits, halfValues } from '../math/half-precision.js';
import type { FeaturePrecision } from '../study/schema/training-schema.js';

/** Features as they are stored: float32 as they are, float16 as the bits of binary16. */
export type StoredNumbers = Float32Array | Uint16Array;

/** Makes an array of so many numbers. */
export type NewNumbers = (precision: FeaturePrecision, length: number) => StoredNumbers;

const BYTES: Readonly<Record<FeaturePrecision, number>> = { float32: 4, float16: 2 };

/** Bytes of one number. */
export function bytesOf(precision: FeaturePrecision): number {
  return BYTES[precision];
}

/** So many numbers, all zero, in new memory of this kind. */
export function emptyNumbers(
  precision: FeaturePrecision,
  length: number,
  Memory: new (bytes: number) => ArrayBufferLike = ArrayBuffer,
): StoredNumbers {
  const memory = new Memory(length * bytesOf(precision));
  return precision === 'float16' ? new Uint16Array(memory) : new Float32Array(memory);
}

/** Rounds in place to what the precision can hold. Cached and fresh features are both rounded, so that both are the same. */
export function round(features: Float32Array, precision: FeaturePrecision): Float32Array {
  if (precision === 'float32') return features;
  const table = halfValues();
  for (let i = 0; i < features.length; i++) features[i] = table[halfBits(features[i] as number)] as number;
  return features;
}

/** Writes rounded features as they are stored, from `offset` on. */
export function pack(features: Float32Array, stored: StoredNumbers, offset: number): void {
  if (stored instanceof Float32Array) stored.set(features, offset);
  else for (let i = 0; i < features.length; i++) stored[offset + i] = halfBits(features[i] as number);
}

/** Copies stored numbers from `offset` on until `into` is full; exact. */
export function unpack(stored: StoredNumbers, offset: number, into: Float32Array): void {
  if (stored instanceof Float32Array) {
    into.set(stored.subarray(offset, offset + into.length));
    return;
  }
  const table = halfValues();
  for (let i = 0; i < into.length; i++) into[i] = table[stored[offset + i] as number] as number;
}
