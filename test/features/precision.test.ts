// Half precision: every pattern comes back as it was, and every number becomes the nearest that there is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyNumbers, pack, round, unpack } from '../../src/features/precision.js';
import { halfBits } from '../../src/math/half-precision.js';

const valueOf = (bits: number): number => {
  const into = new Float32Array(1);
  unpack(Uint16Array.of(bits), 0, into);
  return into[0] as number;
};

describe('half precision', () => {
  it('leaves every finite pattern unchanged', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = valueOf(bits);
      if (Number.isFinite(value)) expect(halfBits(value)).toBe(bits);
    }
  });

  it('rounds to the nearest, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ min: -60000, max: 60000, noNaN: true }), (value) => {
        const bits = halfBits(value);
        const found = valueOf(bits);
        // Patterns of one sign are ordered like their values.
        for (const next of [bits - 1, bits + 1].filter(
          (one) => (one & 0x7fff) <= 0x7bff && one >= 0 && one >>> 15 === bits >>> 15,
        )) {
          const gap = Math.abs(valueOf(next) - value) - Math.abs(found - value);
          expect(gap > 0 || (gap === 0 && bits % 2 === 0)).toBe(true);
        }
      }),
    );
  });

  it('rounds numbers that are too large to the largest, and leaves NaN', () => {
    expect([1e6, Infinity, 65519, 65520].map((value) => valueOf(halfBits(value)))).toEqual([
      65504, 65504, 65504, 65504,
    ]);
    expect(valueOf(halfBits(-1e9))).toBe(-65504);
    expect(valueOf(halfBits(NaN))).toBeNaN();
  });

  it('stores rounded numbers without loss', () => {
    const features = round(Float32Array.of(0.1, -3.14159, 1e-7, 1234.5678), 'float16');
    const kept = emptyNumbers('float16', 8);
    pack(features, kept, 2);
    const back = new Float32Array(4);
    unpack(kept, 2, back);
    expect(back).toEqual(features);
    expect(back).not.toEqual(Float32Array.of(0.1, -3.14159, 1e-7, 1234.5678));
  });
});
