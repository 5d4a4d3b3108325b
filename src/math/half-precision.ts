// Half precision: IEEE 754 binary16 as the bits of its numbers.

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** The nearest binary16, ties to even. Larger numbers become the largest, 65504, so that no infinity appears. */
export function halfBits(value: number): number {
  asFloat[0] = value;
  const bits = asBits[0]!;
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
  const units = asFloat[0]! * 2 ** 24;
  const floor = Math.floor(units);
  return units - floor === 0.5 ? floor + (floor & 1) : units;
}

let values: Float32Array | undefined;

/** The value of each of the 65,536 patterns; made on first use. */
export function halfValues(): Float32Array {
  values ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return values;
}

/** Smaller arrays, and lists such as biases and variances, take no room, and their rounding would count. */
const SMALLEST_HALVED = 256;
const LARGEST_HALF = 65504;

/**
 * Weights as the bits of float16 numbers. Undefined where they are better left as they are: a list, a small array, or one with a number
 * that float16 cannot hold.
 */
export function halvedWeights(data: Float32Array, shape: readonly number[]): Uint16Array | undefined {
  if (shape.length < 2 || data.length < SMALLEST_HALVED) return undefined;
  return data.some((number) => Math.abs(number) > LARGEST_HALF) ? undefined : Uint16Array.from(data, halfBits);
}
