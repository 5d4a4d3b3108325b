// The scrambled Sobol sequence fills what it should fill, and a point follows from seed and index alone.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { SOBOL_DIMENSIONS, SobolSequence } from '../../src/math/sobol.js';

const sequence = new SobolSequence(SOBOL_DIMENSIONS, RandomStream.of(7));
const points = Array.from({ length: 256 }, (_, i) => sequence.point(i));

describe('SobolSequence', () => {
  it('puts exactly one of 2^m points into each of 2^m equal intervals of every dimension', () => {
    for (let d = 0; d < SOBOL_DIMENSIONS; d++) {
      const cells = new Set(points.map((point) => Math.floor((point[d] as number) * 256)));
      expect(cells.size).toBe(256);
    }
  });

  it('its first two dimensions are a (0, 8, 2)-net: one point in every elementary interval of area 1/256', () => {
    for (let split = 0; split <= 8; split++) {
      const cells = new Set(
        points.map(
          (point) =>
            `${Math.floor((point[0] as number) * 2 ** split)},${Math.floor((point[1] as number) * 2 ** (8 - split))}`,
        ),
      );
      expect(cells.size).toBe(256);
    }
  });

  it('all pairs of the first eight dimensions cover a 4 by 4 grid exactly evenly', () => {
    for (let a = 0; a < 8; a++) {
      for (let b = 0; b < a; b++) {
        const counts = new Array<number>(16).fill(0);
        for (const point of points) {
          const cell = Math.floor((point[a] as number) * 4) * 4 + Math.floor((point[b] as number) * 4);
          counts[cell] = (counts[cell] as number) + 1;
        }
        expect(Math.max(...counts)).toBe(16);
        expect(Math.min(...counts)).toBe(16);
      }
    }
  });

  it('gives the same point for the same seed and index in any order', () => {
    const other = new SobolSequence(SOBOL_DIMENSIONS, RandomStream.of(7));
    expect(other.point(200)).toEqual(points[200]);
    expect(other.point(3)).toEqual(points[3]);
  });

  it('differs between seeds', () => {
    expect(new SobolSequence(2, RandomStream.of(8)).point(1)).not.toEqual(
      new SobolSequence(2, RandomStream.of(7)).point(1),
    );
  });

  it('has coordinates inside the open interval, also beyond the tabled dimensions', () => {
    const wide = new SobolSequence(SOBOL_DIMENSIONS + 3, RandomStream.of(1));
    for (let i = 0; i < 64; i++) {
      for (const coordinate of wide.point(i)) expect(coordinate > 0 && coordinate < 1).toBe(true);
    }
    expect(wide.point(5)).toEqual(wide.point(5));
  });
});
