// Metrics against scikit-learn's numbers (1.9.1) and cases that can be checked by hand.
import { describe, expect, it } from 'vitest';
import type { Scored } from '../../src/metrics/confusion.js';
import { evaluate } from '../../src/metrics/evaluate.js';
import { directionOf, metricNames } from '../../src/metrics/metric-names.js';

/** Twelve images of three classes; one tie between the first and the third class, of no consequence. */
const scored: Scored = {
  labels: [0, 0, 0, 1, 1, 2, 2, 2, 2, 1, 0, 2],
  probabilities: [
    [0.7, 0.2, 0.1],
    [0.4, 0.5, 0.1],
    [0.6, 0.3, 0.1],
    [0.2, 0.7, 0.1],
    [0.5, 0.3, 0.2],
    [0.1, 0.2, 0.7],
    [0.2, 0.2, 0.6],
    [0.3, 0.4, 0.3],
    [0.1, 0.1, 0.8],
    [0.1, 0.8, 0.1],
    [0.35, 0.25, 0.4],
    [0.05, 0.05, 0.9],
  ].flat(),
  classCount: 3,
};

/** Certain predictions. */
function certain(labels: number[], predictions: number[], classCount: number): Scored {
  const probabilities = predictions.flatMap((p) => Array.from({ length: classCount }, (_, k) => (k === p ? 1 : 0)));
  return { labels, probabilities, classCount };
}

/** Two classes with these probabilities of the second. */
function binary(labels: number[], second: number[]): Scored {
  return { labels, probabilities: second.flatMap((p) => [1 - p, p]), classCount: 2 };
}

describe('three classes', () => {
  const { metrics, confusion, perClass, predictions } = evaluate(scored, ['a', 'b', 'c']);

  it('agree with scikit-learn', () => {
    const expected = {
      accuracy: 0.6666666666666666,
      balancedAccuracy: 0.6555555555555556,
      macroPrecision: 0.6555555555555556,
      macroRecall: 0.6555555555555556,
      macroF1: 0.6476190476190476,
      weightedPrecision: 0.6805555555555555,
      weightedRecall: 0.6666666666666666,
      weightedF1: 0.6666666666666666,
      logLoss: 0.5847818468882607,
    };
    for (const [name, value] of Object.entries(expected)) expect(metrics[name]).toBeCloseTo(value, 12);
  });

  it('have scores by class', () => {
    expect(perClass.map(({ precision }) => precision)).toEqual([2 / 3, 1 / 2, 4 / 5]);
    expect(perClass.map(({ recall }) => recall)).toEqual([2 / 4, 2 / 3, 4 / 5]);
    expect(perClass.map(({ support }) => support)).toEqual([4, 3, 5]);
    expect(metrics['f1/a']).toBeCloseTo(4 / 7, 12);
    expect(metrics['precision/c']).toBe(4 / 5);
    expect(metrics['recall/b']).toBe(2 / 3);
  });

  it('count pairs of actual and predicted class', () => {
    expect(confusion).toEqual([
      [2, 1, 1],
      [1, 2, 0],
      [0, 1, 4],
    ]);
    expect([...predictions]).toEqual([0, 1, 0, 1, 0, 2, 2, 1, 2, 1, 2, 2]);
  });

  it('give exactly the metrics that are promised', () => {
    expect(Object.keys(metrics).sort()).toEqual(metricNames(['a', 'b', 'c']).sort());
  });

  it('take one class against the rest where it is named positive', () => {
    const named = evaluate(scored, ['a', 'b', 'c'], 'c');
    expect(named.metrics.positiveF1).toBe(named.metrics['f1/c']);
    expect(named.metrics.rocAuc).toBeGreaterThan(0.9);
    expect(Object.keys(named.metrics).sort()).toEqual(metricNames(['a', 'b', 'c'], 'c').sort());
  });
});

describe('two classes', () => {
  const { metrics } = evaluate(binary([0, 0, 1, 1, 1, 0, 1, 0], [0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.9, 0.2]), [
    'well',
    'ill',
  ]);

  it('have the area under the ROC curve, ties counting half', () => {
    expect(metrics.rocAuc).toBeCloseTo(0.8125, 12);
  });

  it('have a log loss as scikit-learn', () => {
    expect(metrics.logLoss).toBeCloseTo(0.45559652973111076, 12);
  });

  it('take the second class as positive, or the one that is named', () => {
    expect(metrics.positiveRecall).toBe(metrics['recall/ill']);
    const named = evaluate(binary([0, 1], [0.2, 0.4]), ['well', 'ill'], 'well');
    expect(named.metrics.positivePrecision).toBe(0.5);
    expect(named.metrics.positiveRecall).toBe(1);
    expect(named.metrics.rocAuc).toBe(1);
  });

  it('leave the area out where all images are of one side', () => {
    const onlyWell = evaluate(binary([0, 0], [0.2, 0.4]), ['well', 'ill']).metrics;
    expect(onlyWell).not.toHaveProperty('rocAuc');
    expect(onlyWell.positiveF1).toBe(0);
  });
});

describe('classes that are absent', () => {
  // Of four classes the third never occurs and the fourth is only predicted.
  const { metrics } = evaluate(certain([0, 0, 1, 1], [0, 3, 1, 1], 4), ['a', 'b', 'c', 'd']);

  it('count in no macro mean where neither labels nor predictions have them; quotients of nothing are 0', () => {
    expect(metrics.macroPrecision).toBeCloseTo(2 / 3, 12);
    expect(metrics.macroRecall).toBeCloseTo(0.5, 12);
    expect(metrics.macroF1).toBeCloseTo(5 / 9, 12);
    expect(metrics['f1/c']).toBe(0);
    expect(metrics['precision/c']).toBe(0);
  });

  it('count in no balanced accuracy and no weighted mean where there is no image of them', () => {
    expect(metrics.balancedAccuracy).toBe(0.75);
    expect(metrics.weightedPrecision).toBe(1);
    expect(metrics.weightedF1).toBeCloseTo(5 / 6, 12);
  });
});

describe('odd input', () => {
  it('gives finite metrics for a certain mistake', () => {
    const { metrics } = evaluate(certain([0], [1], 2), ['a', 'b']);
    expect(metrics.logLoss).toBeCloseTo(-Math.log(2 ** -23), 9);
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
  });

  it('gives zeros for no images', () => {
    const { metrics } = evaluate({ labels: [], probabilities: [], classCount: 2 }, ['a', 'b']);
    expect(Object.values(metrics).every((value) => value === 0)).toBe(true);
  });

  it.each([NaN, Infinity])('calls %d divergence', (probability) => {
    const broken = binary([0, 1], [0.5, probability]);
    expect(() => evaluate(broken, ['a', 'b'])).toThrow(expect.objectContaining({ code: 'ERR_DIVERGED' }));
  });

  it('predicts the first of equals', () => {
    expect([...evaluate(binary([0, 1], [0.5, 0.5]), ['a', 'b']).predictions]).toEqual([0, 0]);
  });

  it('refuses labels, names and lengths that do not fit', () => {
    expect(() => evaluate(certain([2], [1], 2), ['a', 'b'])).toThrow('expected labels below 2');
    expect(() => evaluate(certain([1], [1], 2), ['a'])).toThrow('expected 2 class names');
    expect(() => evaluate({ labels: [0], probabilities: [1], classCount: 2 }, ['a', 'b'])).toThrow(
      '1 × 2 probabilities',
    );
    expect(() => evaluate(certain([1], [1], 2), ['a', 'b'], 'c')).toThrow("got 'c'");
  });
});

it('knows that a loss is to be made small', () => {
  expect(directionOf('logLoss')).toBe('minimize');
  expect(directionOf('f1/ants')).toBe('maximize');
});
