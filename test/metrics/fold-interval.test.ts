// The corrected interval of a mean over folds.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { foldInterval } from '../../src/metrics/fold-interval.js';

describe('foldInterval', () => {
  it('is the mean ± t · sqrt(s² · (1/n + 1/(K − 1)))', () => {
    // s² = 0.001, n = 5, K = 5: the factor is 0.45, and t with 4 degrees of freedom 2.7764.
    const half = 2.7764451051977934 * Math.sqrt(0.001 * 0.45);
    const { value, low, high, level } = foldInterval([0.9, 0.92, 0.88, 0.94, 0.86], 5) ?? {};
    expect(level).toBe(0.95);
    expect(value).toBeCloseTo(0.9, 12);
    expect(low).toBeCloseTo(0.9 - half, 12);
    expect(high).toBeCloseTo(0.9 + half, 12);
  });

  it('keeps shares within 0 and 1, and other figures as they are', () => {
    expect(foldInterval([0.99, 1, 0.9], 3)?.high).toBe(1);
    expect(foldInterval([1.2, 2, 0.9], 3)?.low).toBeLessThan(0);
  });

  it('needs three values, which are not all equal', () => {
    expect(foldInterval([0.9], 5)).toBeUndefined();
    expect(foldInterval([0.8, 0.9], 2)).toBeUndefined();
    expect(foldInterval([0.9, 0.9, 0.9], 3)).toBeUndefined();
  });

  it('holds the truth more often than the interval that takes folds for independent', () => {
    // Folds that share a part of their luck, as models that share training images do: correlation 1/K (Nadeau and Bengio 2003).
    const random = RandomStream.of('folds');
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const [folds, studies] = [5, 4000];
    let [held, naive] = [0, 0];
    for (let i = 0; i < studies; i++) {
      const common = Math.sqrt(1 / folds) * normal();
      const values = Array.from({ length: folds }, () => 10 + common + Math.sqrt(1 - 1 / folds) * normal());
      const { value = 0, low = 0, high = 0 } = foldInterval(values, folds) ?? {};
      if (low <= 10 && high >= 10) held++;
      const half = (high - value) * Math.sqrt(1 / folds / (1 / folds + 1 / (folds - 1)));
      if (Math.abs(value - 10) <= half) naive++;
    }
    expect(held / studies).toBeGreaterThan(0.93);
    expect(naive / studies).toBeLessThan(0.88);
  });
});
