// The Sobol sequence with Owen's scrambling: points that fill the unit cube more evenly than random ones, any of them by its index.
import type { RandomStream } from './random.js';
import { JOE_KUO } from './sobol-directions.js';

const BITS = 32;

/** The number of dimensions that have direction numbers. */
export const SOBOL_DIMENSIONS = JOE_KUO.length;

/**
 * A scrambled Sobol sequence. The point of an index follows from the stream that was given at the start, whatever points
 * were asked for before. Scrambling (A. B. Owen, 'Randomly permuted (t, m, s)-nets', 1995) keeps every elementary interval's
 * share of points, moves them off the cube's faces, and differs between seeds; it is done by hashing (B. Burley, 'Practical
 * hash-based Owen scrambling', JCGT 2020, with N. Vegdahl's constants). Dimensions beyond SOBOL_DIMENSIONS are plain random.
 */
export class SobolSequence {
  /** directions[dimension · 32 + bit of the index], bits reversed. */
  private readonly directions: Uint32Array;
  private readonly seeds: Uint32Array;

  constructor(
    readonly dimensions: number,
    private readonly random: RandomStream,
  ) {
    const tabled = Math.min(dimensions, SOBOL_DIMENSIONS);
    this.directions = new Uint32Array(tabled * BITS);
    for (let d = 0; d < tabled; d++) this.directions.set(directionsOf(JOE_KUO[d] as readonly number[]), d * BITS);
    this.seeds = Uint32Array.from({ length: tabled }, (_, d) => random.derive('scramble', d).nextUint32());
  }

  /** The point of an index in 0 … 2³² − 1, shape [dimensions], each coordinate in [0, 1). */
  point(index: number): Float64Array {
    const point = new Float64Array(this.dimensions);
    for (let d = 0; d < this.seeds.length; d++) {
      let reversed = 0;
      for (let rest = index >>> 0, bit = d * BITS; rest !== 0; rest >>>= 1, bit++) {
        if (rest & 1) reversed ^= this.directions[bit]!;
      }
      const scrambled = reverseBits(scramble(reversed >>> 0, this.seeds[d]!));
      // Half a step up, so that no coordinate is exactly 0.
      point[d] = (scrambled + 0.5) / 2 ** BITS;
    }
    if (this.dimensions > this.seeds.length) {
      const rest = this.random.derive('beyond', index);
      for (let d = this.seeds.length; d < this.dimensions; d++) point[d] = rest.next();
    }
    return point;
  }
}

/** The 32 direction numbers of one dimension by the recurrence of its polynomial (Joe and Kuo, equation 2), bits reversed. */
function directionsOf([polynomial = 1, ...initial]: readonly number[]): Uint32Array {
  const degree = initial.length;
  const directions = new Uint32Array(BITS);
  for (let i = 0; i < BITS; i++) {
    if (polynomial === 1) {
      directions[i] = 1 << (BITS - 1 - i);
    } else if (i < degree) {
      directions[i] = initial[i]! << (BITS - 1 - i);
    } else {
      const before = directions[i - degree]!;
      let value = before ^ (before >>> degree);
      for (let k = 1; k < degree; k++) {
        if ((polynomial >>> (degree - k)) & 1) value ^= directions[i - k]!;
      }
      directions[i] = value;
    }
  }
  return directions.map(reverseBits);
}

/** A hash in which each bit depends on the lower ones alone: on reversed bits, a nested uniform scramble. */
function scramble(reversed: number, seed: number): number {
  let x = reversed ^ Math.imul(reversed, 0x3d20adea);
  x = (x + seed) | 0;
  x = Math.imul(x, (seed >>> 16) | 1);
  x ^= Math.imul(x, 0x05526c56);
  x ^= Math.imul(x, 0x53a22864);
  return x >>> 0;
}

function reverseBits(value: number): number {
  let x = value;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}
