// How sure metrics of several labels are.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { evaluateLabels } from '../../../src/metrics/labels/evaluate-labels.js';
import { labelInterval } from '../../../src/metrics/labels/label-interval.js';
import { labelMetricNames } from '../../../src/metrics/metric-names.js';
import { randomLabels } from './random-labels.js';

const NAMES = ['a', 'b', 'c'];
const interval = (scored: ReturnType<typeof randomLabels>, metric: string, resamples = 200) =>
  labelInterval(scored, NAMES, metric, RandomStream.of('interval', 1), { resamples });

describe('the interval of a metric of labels', () => {
  it.each(labelMetricNames(NAMES))('%s contains the value, and is the same each time', (metric) => {
    const scored = randomLabels(60, 3, 0.5);
    const found = interval(scored, metric);
    const value = evaluateLabels(scored, NAMES).metrics[metric];
    expect(found?.value).toBeCloseTo(value ?? NaN, 6);
    expect(found?.low).toBeLessThan(value ?? NaN);
    expect(found?.high).toBeGreaterThan(value ?? NaN);
    expect(interval(scored, metric)).toEqual(found);
  });

  it('narrows with more images', () => {
    const width = (images: number): number => {
      const { low, high } = interval(randomLabels(images, 3, 0.5), 'meanAveragePrecision') ?? { low: 0, high: 1 };
      return high - low;
    };
    expect(width(400)).toBeLessThan(0.6 * width(60));
  });

  it('of a model without mistakes does not claim that there are none to come', () => {
    const { labels } = randomLabels(30, 3, 1);
    const probabilities = Float32Array.from(
      labels.flatMap((own) => [0, 1, 2].map((k) => (own.includes(k) ? 0.9 : 0.1))),
    );
    for (const metric of ['microF1', 'macroF1', 'exactMatch', 'meanAveragePrecision']) {
      const found = interval({ labels, probabilities, classCount: 3 }, metric);
      expect(found).toMatchObject({ value: 1, high: 1 });
      expect(found?.low).toBeLessThan(0.99);
    }
  });

  it('contains the truth about as often as it says', () => {
    const truth = evaluateLabels(randomLabels(20_000, 3, 0.4, 99), NAMES).metrics['microF1'] ?? NaN;
    let inside = 0;
    for (let seed = 0; seed < 100; seed++) {
      const { low, high } = interval(randomLabels(80, 3, 0.4, seed), 'microF1') ?? { low: 0, high: 0 };
      if (low <= truth && truth <= high) inside++;
    }
    // 95 of 100 within four standard deviations.
    expect(inside).toBeGreaterThanOrEqual(86);
  });

  it('of a label whose name has a slash is that of the label, and not of one that its name ends with', () => {
    const scored = randomLabels(60, 3, 0.5);
    const named = (names: readonly string[], metric: string) =>
      labelInterval(scored, names, metric, RandomStream.of('interval', 1), { resamples: 200 });
    for (const metric of ['f1', 'averagePrecision']) {
      expect(named(['chair', 'home/chair', 'table'], `${metric}/home/chair`)).toEqual(interval(scored, `${metric}/b`));
    }
  });

  it('of a metric that is not known is undefined', () => {
    expect(interval(randomLabels(20, 3, 0.5), 'accuracy')).toBeUndefined();
  });
});
