// Numbers of weight files in other types than float32, widened to float32. Little-endian, as the files have them.
import { halfValues } from '../../math/half-precision.js';

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
    case 'F16': {
      const values = halfValues();
      return Float32Array.from({ length: count }, (_, i) => values[view.getUint16(2 * i, true)] ?? NaN);
    }
    case 'BF16': {
      const bits = Uint32Array.from({ length: count }, (_, i) => view.getUint16(2 * i, true) << 16);
      return new Float32Array(bits.buffer);
    }
    case 'F64':
      return Float32Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true));
  }
}
