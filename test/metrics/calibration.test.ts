import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { bestTemperature, calibrationError, meanAtTemperature } from '../../src/metrics/calibration.js';

/** Images whose labels are drawn from softmax(logits), and what a model says whose logits are `factor` times as large. */
function overconfident(images: number, factor: number): { labels: number[]; probabilities: Float32Array } {
  const random = RandomStream.of('calibration', factor);
  const probabilities = new Float32Array(images * 3);
  const labels = Array.from({ length: images }, (_, i) => {
    const logits = Array.from({ length: 3 }, () => 1.5 * random.normal());
    const shares = softmax(logits);
    softmax(logits.map((logit) => factor * logit)).forEach((value, k) => (probabilities[i * 3 + k] = value));
    const u = random.next();
    return u < shares[0]! ? 0 : u < shares[0]! + shares[1]! ? 1 : 2;
  });
  return { labels, probabilities };
}

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

describe('the calibration error', () => {
  it('is the gap between confidence and share of right answers', () => {
    const probabilities = [0.9, 0.1, 0.9, 0.1, 0.1, 0.9, 0.6, 0.4];
    // Of three with confidence 0.9 two are right, and the one with 0.6 is.
    const error = calibrationError({ labels: [0, 0, 0, 0], probabilities, classCount: 2 });
    expect(error).toBeCloseTo((Math.abs(2.7 - 2) + Math.abs(0.6 - 1)) / 4, 6);
  });

  it('is 0 without images', () => {
    expect(calibrationError({ labels: [], probabilities: [], classCount: 2 })).toBe(0);
  });
});

describe('the temperature', () => {
  it('undoes logits that are three times too large', () => {
    const { labels, probabilities } = overconfident(3000, 3);
    const members = [{ probabilities, share: 1 }];
    const temperature = bestTemperature(members, labels, 3);
    expect(temperature).toBeGreaterThan(2.7);
    expect(temperature).toBeLessThan(3.3);
    const errorAt = (at: number): number =>
      calibrationError({ labels, probabilities: meanAtTemperature(members, 3, at), classCount: 3 });
    expect(errorAt(1)).toBeGreaterThan(0.15);
    expect(errorAt(temperature)).toBeLessThan(0.04);
  });

  it('takes probabilities of 0 and keeps rows that sum to 1', () => {
    const members = [{ probabilities: [1, 0, 0, 0, 1, 0], share: 1 }];
    const mean = meanAtTemperature(members, 3, 20);
    for (const row of [mean.slice(0, 3), mean.slice(3)]) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    expect(bestTemperature(members, [1, 0], 3)).toBeGreaterThan(1);
  });

  it('is 1 without images', () => {
    expect(bestTemperature([{ probabilities: [], share: 1 }], [], 3)).toBe(1);
  });
});
