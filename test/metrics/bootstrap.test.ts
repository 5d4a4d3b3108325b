// Bootstrap intervals against closed forms, and against resampling by hand.
import { describe, expect, it } from 'vitest';
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
  const interval = bootstrapInterval(model(400, 8), classes, 'accuracy', random(), {
    stratified: false,
    resamples: 4000,
  });
  const error = Math.sqrt((0.8 * 0.2) / 400);
  expect(interval.value).toBeCloseTo(0.8, 12);
  expect(Math.abs(interval.low - (0.8 - 1.96 * error))).toBeLessThan(0.15 * error);
  expect(Math.abs(interval.high - (0.8 + 1.96 * error))).toBeLessThan(0.15 * error);
});

it('is narrower at a lower level', () => {
  const at = (level: number): number => {
    const { low, high } = bootstrapInterval(model(100, 8), classes, 'macroF1', random(), { level });
    return high - low;
  };
  expect(at(0.5)).toBeLessThan(0.5 * at(0.95));
});

it('keeps the number of images of each class when stratified', () => {
  const rare: Scored = {
    labels: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    probabilities: [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1],
    classCount: 2,
  };
  const stratified = bootstrapInterval(rare, classes, 'recall/b', random());
  expect([stratified.low, stratified.high]).toEqual([1, 1]);
  const plain = bootstrapInterval(rare, classes, 'recall/b', random(), { stratified: false });
  expect(plain.low).toBe(0);
});

it.each(['rocAuc', 'logLoss'])('of %s agrees with evaluating each resample afresh', (name) => {
  const scored = model(30, 7);
  const options = { resamples: 40, stratified: false, level: 0.9 };
  const { low, high } = bootstrapInterval(scored, classes, name, random(), options);
  const stream = random();
  const values = Array.from({ length: 40 }, () => {
    const drawn = Array.from({ length: 30 }, () => stream.integer(30));
    const labels = drawn.map((i) => scored.labels[i] as number);
    const probabilities = drawn.flatMap((i) => [
      scored.probabilities[2 * i] as number,
      scored.probabilities[2 * i + 1] as number,
    ]);
    return evaluate({ labels, probabilities, classCount: 2 }, classes).metrics[name] ?? NaN;
  }).sort((a, b) => a - b);
  // Type 7: position 0.05 · 39 = 1.95 and 0.95 · 39 = 37.05.
  const between = (at: number, share: number): number =>
    (values[at] ?? NaN) * (1 - share) + (values[at + 1] ?? NaN) * share;
  expect(low).toBeCloseTo(between(1, 0.95), 9);
  expect(high).toBeCloseTo(between(37, 0.05), 9);
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
