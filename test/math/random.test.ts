// Random streams: identity decides everything.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';

const first = (stream: RandomStream, count: number): number[] => Array.from({ length: count }, () => stream.next());

describe('RandomStream', () => {
  it('the same identity gives the same numbers', () => {
    expect(first(RandomStream.of(1, 'dropout', 3), 5)).toEqual(first(RandomStream.of(1, 'dropout', 3), 5));
  });

  it('filling an array draws the same numbers as one call after another', () => {
    const [one, other] = [RandomStream.of('fill'), RandomStream.of('fill')];
    for (const length of [5, 0, 1000]) {
      const filled = new Uint32Array(length);
      one.fillUint32(filled);
      expect([...filled]).toEqual(Array.from({ length }, () => other.nextUint32()));
    }
    expect(one.next()).toBe(other.next());
  });

  it('identities that print alike are different', () => {
    expect(first(RandomStream.of('1', 2), 2)).not.toEqual(first(RandomStream.of(1, 2), 2));
    expect(first(RandomStream.of('a', 'b'), 2)).not.toEqual(first(RandomStream.of('ab'), 2));
  });

  it('deriving a stream neither advances this one nor depends on how far it is', () => {
    const stream = RandomStream.of(5);
    const derived = first(stream.derive('x'), 3);
    const next = stream.next();
    expect(next).toBe(RandomStream.of(5).next());
    expect(first(stream.derive('x'), 3)).toEqual(derived);
  });

  it('is uniform: mean, variance and every tenth within five standard errors', () => {
    const sample = first(RandomStream.of(11), 20000);
    const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(sample.length));
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = sample.filter((x) => Math.floor(x * 10) === tenth).length / sample.length;
      expect(Math.abs(share - 0.1)).toBeLessThan((5 * Math.sqrt(0.09)) / Math.sqrt(sample.length));
    }
  });

  it('normal numbers have mean 0 and variance 1', () => {
    const stream = RandomStream.of(12);
    const sample = Array.from({ length: 20000 }, () => stream.normal());
    const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
    const variance = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / sample.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(sample.length));
    expect(Math.abs(variance - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(sample.length));
  });

  it('a permutation holds every number once', () => {
    expect([...RandomStream.of(3).permutation(50)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  it('refuses to pick from nothing', () => {
    expect(() => RandomStream.of(1).pick([])).toThrow('expected at least one item');
  });
});
