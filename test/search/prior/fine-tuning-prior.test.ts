// The learned prior: neutral where it knows nothing, and in agreement with what it was learned from.
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitPrior } from '../../../scripts/prior/fit.js';
import { readRecordedRuns } from '../../../scripts/prior/recorded-runs.js';
import { COEFFICIENTS } from '../../../src/search/prior/coefficients.js';
import { expectationOf } from '../../../src/search/prior/fine-tuning-prior.js';
import { termsOf } from '../../../src/search/prior/terms.js';

const curves = '../shared/benchmarks/finetuning-curves.json';

describe('the learned prior', () => {
  it('says nothing of a configuration of which it knows nothing', () => {
    expect(expectationOf({ fields: {} })).toEqual({ quality: 0, logSeconds: 0 });
    expect(expectationOf({ fields: { myField: 3, optimizer: 'rmsprop', schedule: 'oneCycle' } }).quality).toBe(0);
    // A network that was not recorded, of unknown size.
    expect(expectationOf({ fields: {}, network: { name: 'mine' } }).quality).toBe(0);
  });

  it('takes sgd with momentum for another optimizer than without', () => {
    const terms = termsOf({ fields: { optimizer: 'sgd', momentum: 0.9 } });
    expect([terms.get('optimizer momentum'), terms.get('optimizer sgd')]).toEqual([1, 0]);
  });

  it('prefers moderate learning rates for Adam to extreme ones', () => {
    const quality = (learningRate: number) => expectationOf({ fields: { learningRate, optimizer: 'adam' } }).quality;
    expect(quality(1e-4)).toBeGreaterThan(quality(1e-2));
    expect(quality(1e-4)).toBeGreaterThan(quality(1e-6));
  });

  it.skipIf(!existsSync(curves))(`is what scripts/fit-prior.ts fits to ${curves}, skipped where it is absent`, () => {
    const fitted = fitPrior(readRecordedRuns(curves));
    expect(fitted.correlation).toBeCloseTo(COEFFICIENTS.correlation, 3);
    expect(Object.keys(fitted.quality)).toEqual(Object.keys(COEFFICIENTS.quality));
    for (const [name, [mean, weight]] of Object.entries(fitted.quality)) {
      expect([name, COEFFICIENTS.quality[name]?.[0], COEFFICIENTS.quality[name]?.[1]]).toEqual([
        name,
        expect.closeTo(mean, 3),
        expect.closeTo(weight, 3),
      ]);
    }
  });
});
