// The funnel keeps its promise on recorded fine-tuning curves.
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCurves } from '../../../bench/pruning/curves.js';
import { mean, measure, type Outcome, quantile } from '../../../bench/pruning/measure.js';

const path = '../shared/benchmarks/finetuning-curves.json';

describe.skipIf(!existsSync(path))(`the funnel on ${path}, skipped where it is absent`, () => {
  let outcomes: Outcome[] = [];
  beforeAll(() => {
    outcomes = measure(readCurves(path), { name: 'funnel', options: { type: 'funnel' } }, 15, 4);
  });
  const regrets = () => outcomes.map(({ regret }) => regret);

  it('trains at most an eighth of the epochs', () => {
    expect(1 / mean(outcomes.map(({ spent }) => spent))).toBeGreaterThanOrEqual(8);
  });

  it('loses at most 0.1 points in the mean', () => {
    expect(mean(regrets())).toBeLessThanOrEqual(0.1);
  });

  it('loses at most 0.5 points in nine draws of ten', () => {
    expect(quantile(regrets(), 0.9)).toBeLessThanOrEqual(0.5);
  });
});
