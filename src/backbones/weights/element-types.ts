// Numbers of weight files in other types than float32, widened to float32. Little-endian, as the files have them.

/** How a file keeps a number. */
export type ElementType = 'F32' | 'F16' | 'BF16' | 'F64';

export const BYTES_OF: Readonly<Record<ElementType, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8 };

export function isElementType(text: string): text is ElementType {
  return Object.hasOwn(BYTES_OF, text);
}

/** Copies `bytes` (a whole number of elements) into float32. float16 and bfloat16 widen exactly; float64 is rounded. */
export function widen(bytes: Uint8Array, type: ElementType): Float32Array {
  const count = bytes.byteLength / BYTES_OF[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 'F32': {
      const data = new Float32Array(count);
      new Uint8Array(data.buffer).set(bytes);
      return data;
    }
    case 'F16':
      return Float32Array.from({ length: count }, (_, i) => halfToNumber(view.getUint16(2 * i, true)));
    case 'BF16': {
      const bits = Uint32Array.from({ length: count }, (_, i) => view.getUint16(2 * i, true) << 16);
      return new Float32Array(bits.buffer);
    }
    case 'F64':
      return Float32Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true));
  }
}

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent with bias 15, 10 of fraction. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
