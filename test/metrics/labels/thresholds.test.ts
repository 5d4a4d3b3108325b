// Thresholds of labels: the best F1, and predictions that were not chosen on the images they are judged by.
import { describe, expect, it } from 'vitest';
import { evaluateLabels } from '../../../src/metrics/labels/evaluate-labels.js';
import { chooseThresholds, crossFittedPredictions, predictLabels } from '../../../src/metrics/labels/thresholds.js';
import { randomLabels } from './random-labels.js';

const names = (count: number): string[] => Array.from({ length: count }, (_, k) => `label ${k}`);

describe('thresholds', () => {
  it('lie in the middle of the gap that gives the best F1', () => {
    const scored = { labels: [[0], [0], [], []], probabilities: Float32Array.of(0.5, 0.25, 0.125, 0), classCount: 1 };
    expect(chooseThresholds(scored)).toEqual([0.1875]);
  });

  it('are a half where no image has the label', () => {
    expect(chooseThresholds({ labels: [[], []], probabilities: [0.1, 0.9], classCount: 1 })).toEqual([0.5]);
  });

  it('give every image a label that all have', () => {
    const scored = { labels: [[0], [0]], probabilities: Float32Array.of(0.25, 0.75), classCount: 1 };
    const thresholds = chooseThresholds(scored);
    expect([...predictLabels(scored, thresholds)]).toEqual([1, 1]);
  });

  it('are as good as any others on their own images', () => {
    const scored = randomLabels(60, 3, 0.5);
    const chosen = evaluateLabels(scored, names(3), chooseThresholds(scored)).perLabel;
    for (let t = 0; t <= 1; t += 0.01) {
      evaluateLabels(scored, names(3), [t, t, t]).perLabel.forEach(({ f1 }, k) => {
        expect(chosen[k]?.f1).toBeGreaterThanOrEqual(f1);
      });
    }
  });
});

describe('predictions with thresholds of other images', () => {
  it('are no better than chance where the probabilities know nothing, though chosen thresholds seem to be', () => {
    let [own, others, truth] = [0, 0, 0];
    for (let seed = 0; seed < 40; seed++) {
      const scored = randomLabels(40, 3, 0, seed);
      const later = randomLabels(400, 3, 0, 1000 + seed);
      const thresholds = chooseThresholds(scored);
      own += evaluateLabels(scored, names(3), thresholds).metrics['macroF1'] ?? NaN;
      others += evaluateLabels(scored, names(3)).metrics['macroF1'] ?? NaN;
      truth += evaluateLabels(later, names(3), thresholds).metrics['macroF1'] ?? NaN;
    }
    const [chosen, fitted, real] = [own / 40, others / 40, truth / 40];
    expect(chosen - real).toBeGreaterThan(0.05);
    expect(Math.abs(fitted - real)).toBeLessThan(0.04);
  });

  it('are the same each time', () => {
    const scored = randomLabels(50, 3, 0.5);
    expect(crossFittedPredictions(scored)).toEqual(crossFittedPredictions(scored));
  });

  it('exist for a single image', () => {
    expect([...crossFittedPredictions({ labels: [[0]], probabilities: [0.6, 0.4], classCount: 2 })]).toEqual([1, 0]);
  });
});
