// Bootstrap intervals against closed forms, and against resampling by hand.
import { describe, expect, it } from 'vitest';
import { quantile } from '../../src/math/quantile.js';
import { RandomStream } from '../../src/math/random.js';
import { bootstrapInterval } from '../../src/metrics/bootstrap.js';
import type { Scored } from '../../src/metrics/confusion.js';
import { evaluate } from '../../src/metrics/evaluate.js';
import { metricNames } from '../../src/metrics/metric-names.js';

const random = (): RandomStream => RandomStream.of('bootstrap');

/** `count` images of two classes, of which `right` in ten are predicted right, with varied confidence. */
function model(count: number, right: number): Scored {
  const source = RandomStream.of('model', count, right);
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const probabilities = labels.flatMap((label, i) => {
    const confidence = source.uniform(0.5, 1);
    const predicted = i % 10 < right ? label : 1 - label;
    return predicted === 1 ? [1 - confidence, confidence] : [confidence, 1 - confidence];
  });
  return { labels, probabilities, classCount: 2 };
}

const classes = ['a', 'b'];

it('has the value of the images as they are, for every metric', () => {
  const scored = model(60, 8);
  const { metrics } = evaluate(scored, classes);
  for (const name of metricNames(classes)) {
    const { value } = bootstrapInterval(scored, classes, name, random(), { resamples: 5 });
    expect(value).toBeCloseTo(metrics[name] ?? NaN, 12);
  }
});

it('of an accuracy is as wide as the binomial says', () => {
  const interval = bootstrapInterval(model(400, 8), classes, 'accuracy', random(), { resamples: 4000 });
  expect(interval.value).toBeCloseTo(0.8, 12);
  // The quantiles of the beta distribution with 320.5 and 80.5.
  expect(Math.abs(interval.low - 0.7587)).toBeLessThan(0.006);
  expect(Math.abs(interval.high - 0.837)).toBeLessThan(0.006);
});

/** Images of so many classes, `size` of each, all right but the first `wrong`. */
function nearlyRight(classCount: number, size: number, wrong = 0): Scored {
  const labels = Array.from({ length: classCount * size }, (_, i) => i % classCount);
  const probabilities = labels.flatMap((label, i) => {
    const predicted = i < wrong ? (label + 1) % classCount : label;
    return Array.from({ length: classCount }, (_, k) => Number(k === predicted));
  });
  return { labels, probabilities, classCount };
}

describe('where every image is right', () => {
  it.each(['accuracy', 'balancedAccuracy', 'macroF1', 'weightedF1', 'positiveRecall', 'rocAuc'])(
    'of 2 images, %s says next to nothing',
    (metric) => {
      const { value, low, high } = bootstrapInterval(nearlyRight(2, 1), classes, metric, random());
      expect([value, high]).toEqual([1, 1]);
      expect(low).toBeLessThan(0.6);
    },
  );

  it('is the interval of Jeffreys’ prior for many images of two classes', () => {
    // The 0.025 quantile of the beta distribution with 200.5 and 0.5.
    const { low } = bootstrapInterval(nearlyRight(2, 100), classes, 'accuracy', random(), { resamples: 8000 });
    expect(low).toBeGreaterThan(0.985);
    expect(low).toBeLessThan(0.9895);
  });

  it('does not get wider with the number of classes', () => {
    const low = (classCount: number): number => {
      const names = Array.from({ length: classCount }, (_, k) => `class ${k}`);
      return bootstrapInterval(nearlyRight(classCount, 100 / classCount), names, 'accuracy', random()).low;
    };
    expect(Math.abs(low(10) - low(2))).toBeLessThan(0.02);
  });

  it('a log loss near 0 has an upper end well above it', () => {
    const labels = [0, 1, 0, 1, 0, 1];
    const probabilities = labels.flatMap((label) => (label === 0 ? [0.99, 0.01] : [0.01, 0.99]));
    const scored = { labels, probabilities, classCount: 2 };
    const { value, high } = bootstrapInterval(scored, classes, 'logLoss', random());
    expect(value).toBeCloseTo(0.01005, 4);
    expect(high).toBeGreaterThan(0.1);
  });
});

it('contains the value of every metric, also with one image of a class and with classes that have none', () => {
  const rare: Scored = { ...nearlyRight(3, 4, 5) };
  const absent: Scored = {
    labels: [0, 0, 1, 1, 1],
    probabilities: [1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0],
    classCount: 3,
  };
  const names = ['a', 'b', 'c'];
  for (const scored of [rare, absent]) {
    for (const name of metricNames(names, 'b')) {
      const { value, low, high } = bootstrapInterval(scored, names, name, random(), {
        resamples: 50,
        positiveClass: 'b',
      });
      expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
  }
});

it('of a class without images stays 0 and counts in no mean that it does not count in', () => {
  const one: Scored = { labels: [0, 0, 0], probabilities: [1, 0, 1, 0, 1, 0], classCount: 2 };
  expect(bootstrapInterval(one, classes, 'macroF1', random()).low).toBe(1);
  expect(bootstrapInterval(one, classes, 'recall/b', random())).toMatchObject({ low: 0, high: 0 });
});

it('is narrower at a lower level', () => {
  const at = (level: number): number => {
    const { low, high } = bootstrapInterval(model(100, 8), classes, 'macroF1', random(), { level });
    return high - low;
  };
  expect(at(0.5)).toBeLessThan(0.5 * at(0.95));
});

it('of a rare class is wide, whatever the others are', () => {
  const rare: Scored = {
    labels: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    probabilities: [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1],
    classCount: 2,
  };
  expect(bootstrapInterval(rare, classes, 'recall/b', random()).low).toBeLessThan(0.3);
  expect(bootstrapInterval(rare, classes, 'recall/a', random()).low).toBeGreaterThan(0.6);
});

it.each(['rocAuc', 'logLoss'])('of %s has the width of a plain bootstrap where there are many images', (name) => {
  const scored = model(400, 7);
  const { low, high } = bootstrapInterval(scored, classes, name, random(), { level: 0.9 });
  const stream = random();
  const values = Array.from({ length: 400 }, () => {
    const drawn = Array.from({ length: 400 }, () => stream.integer(400));
    const labels = drawn.map((i) => scored.labels[i] as number);
    const probabilities = drawn.flatMap((i) => [
      scored.probabilities[2 * i] as number,
      scored.probabilities[2 * i + 1] as number,
    ]);
    return evaluate({ labels, probabilities, classCount: 2 }, classes).metrics[name] ?? NaN;
  });
  const plain = quantile(values, 0.95) - quantile(values, 0.05);
  expect((high - low) / plain).toBeGreaterThan(0.85);
  expect((high - low) / plain).toBeLessThan(1.15);
});

it('repeats with the same stream', () => {
  const interval = (): object => bootstrapInterval(model(50, 8), classes, 'f1/b', random());
  expect(interval()).toEqual(interval());
});

describe('refusals', () => {
  it('of a metric that there is not', () => {
    expect(() => bootstrapInterval(model(10, 8), classes, 'f1/c', random())).toThrow("got 'f1/c'");
    expect(() => bootstrapInterval(model(10, 8), classes, 'toString', random())).toThrow("got 'toString'");
  });

  it('of an area under the curve of one side', () => {
    const oneSide: Scored = { labels: [0, 0], probabilities: [1, 0, 1, 0], classCount: 2 };
    expect(() => bootstrapInterval(oneSide, classes, 'rocAuc', random())).toThrow('got only one kind');
  });
});
