// Half precision: features as IEEE 754 binary16, half the bytes on disk and in memory.
import type { FeaturePrecision } from '../study/schema/training-schema.js';

/** How features are kept: float32 as they are, or float16 as the bits of binary16. */
export type KeptNumbers = Float32Array | Uint16Array;

const BYTES: Readonly<Record<FeaturePrecision, number>> = { float32: 4, float16: 2 };

/** Bytes of one number. */
export function bytesOf(precision: FeaturePrecision): number {
  return BYTES[precision];
}

/** So many numbers, all zero, in new memory of the kind that `Memory` is. */
export function emptyNumbers(
  precision: FeaturePrecision,
  length: number,
  Memory: new (bytes: number) => ArrayBufferLike = ArrayBuffer,
): KeptNumbers {
  const memory = new Memory(length * bytesOf(precision));
  return precision === 'float16' ? new Uint16Array(memory) : new Float32Array(memory);
}

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** The nearest binary16, ties to even; what is too large becomes the largest, 65504, so that no infinity comes in. */
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

/** Below 2⁻¹⁴ numbers are multiples of 2⁻²⁴; of two as near, the even one. */
function halfSubnormal(magnitude: number): number {
  asBits[0] = magnitude;
  const units = (asFloat[0] as number) * 2 ** 24;
  const floor = Math.floor(units);
  return units - floor === 0.5 ? floor + (floor & 1) : units;
}

let values: Float32Array | undefined;

/** The value of each of the 65,536 patterns; made on first use, since whoever keeps float32 needs none. */
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

/** Rounds in place to what the precision can hold. Both ways of getting features do it, so that both give the same. */
export function round(features: Float32Array, precision: FeaturePrecision): Float32Array {
  if (precision === 'float32') return features;
  const table = halfValues();
  for (let i = 0; i < features.length; i++) features[i] = table[halfBits(features[i] as number)] as number;
  return features;
}

/** Writes rounded features as they are kept, from `offset` on. */
export function keep(features: Float32Array, kept: KeptNumbers, offset: number): void {
  if (kept instanceof Float32Array) kept.set(features, offset);
  else for (let i = 0; i < features.length; i++) kept[offset + i] = halfBits(features[i] as number);
}

/** Copies kept numbers from `offset` on until `into` is full; exact. */
export function unpack(kept: KeptNumbers, offset: number, into: Float32Array): void {
  if (kept instanceof Float32Array) {
    into.set(kept.subarray(offset, offset + into.length));
    return;
  }
  const table = halfValues();
  for (let i = 0; i < into.length; i++) into[i] = table[kept[offset + i] as number] as number;
}
