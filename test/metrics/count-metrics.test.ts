import { expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { classCounts } from '../../src/metrics/class-counts.js';
import { countMetric } from '../../src/metrics/count-metrics.js';
import { evaluate } from '../../src/metrics/evaluate.js';
import { metricNames } from '../../src/metrics/metric-names.js';

const CLASSES = ['ant', 'bee', 'cat'];

it('gives every metric of predicted classes the value that evaluate gives it', () => {
  const random = RandomStream.of('count metrics');
  const labels = Array.from({ length: 50 }, () => random.integer(3));
  const probabilities = labels.flatMap((label) => {
    const said = random.next() < 0.7 ? label : random.integer(3);
    return CLASSES.map((_, k) => Number(k === said));
  });
  const { metrics, confusion } = evaluate({ labels, probabilities, classCount: 3 }, CLASSES, 'bee');
  const counts = classCounts(confusion);
  const names = metricNames(CLASSES, 'bee').filter((name) => name !== 'logLoss' && name !== 'rocAuc');
  expect(names.length).toBeGreaterThan(15);
  for (const name of names)
    expect(countMetric(name, CLASSES, 'bee')?.(counts), name).toBeCloseTo(metrics[name] ?? NaN, 12);
});

it('knows no metric of probabilities, of other classes or of another name', () => {
  for (const name of ['logLoss', 'rocAuc', 'f1/dog', 'positiveF1', 'nonsense']) {
    expect(countMetric(name, CLASSES), name).toBeUndefined();
  }
});
