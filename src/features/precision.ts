// Half precision: features as IEEE 754 binary16 take half the bytes on disk and in memory.
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

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** The nearest binary16, ties to even. Larger numbers become the largest, 65504, so that no infinity appears. */
export function halfBits(value: number): number {
  asFloat[0] = value;
  const bits = asBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return 0x7e00; // not a number
  if (magnitude >= 0x477ff000) return sign | 0x7bff;
  if (magnitude < 0x38800000) return sign | Math.round(halfSubnormal(magnitude));
  // Re-biased exponent; the rounding may carry into it, as it should.
  const rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1);
  return sign | (rounded >>> 13);
}

/** Below 2⁻¹⁴ numbers are multiples of 2⁻²⁴. Ties go to the even one. */
function halfSubnormal(magnitude: number): number {
  asBits[0] = magnitude;
  const units = (asFloat[0] as number) * 2 ** 24;
  const floor = Math.floor(units);
  return units - floor === 0.5 ? floor + (floor & 1) : units;
}

let values: Float32Array | undefined;

/** The value of each of the 65,536 patterns; made on first use, since float32 needs none. */
function halfValues(): Float32Array {
  values ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return values;
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
