// The median rule, against hand-worked cases.
import { describe, expect, it } from 'vitest';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import type { Objective } from '../../../src/study/objective.js';
import type { PrunerOptions } from '../../../src/study/pruner-options.js';
import { type Curve, historyOf, latest, maximizeF1, minimizeLoss } from './fixtures.js';

const context = { epochs: 12, seed: 1 };
const median: PrunerOptions = { type: 'median', startupTrials: 3, minEpochs: 2 };

function decide(curves: readonly Curve[], options = median, objective: Objective = maximizeF1) {
  const history = historyOf(objective, curves);
  return createPruner(options, objective, context).decide(latest(history), history);
}

const three: Curve[] = [{ values: [0.1, 0.6, 0.9] }, { values: [0.2, 0.7, 0.9] }, { values: [0.3, 0.8, 0.9] }];

describe('median', () => {
  it('drops a trial below the median and says the numbers', () => {
    const decision = decide([...three, { values: [0.1, 0.65], state: 'running' }]);
    expect(decision).toMatchObject({ action: 'prune', reason: '0.65 at epoch 2 against a median of 0.7 of 3 trials' });
  });

  it('names the trial at the median as the rival', () => {
    const decision = decide([...three, { values: [0.1, 0.65], state: 'running' }]);
    expect(decision).toMatchObject({ rival: { kind: 'trial', trial: 1, epoch: 2 } });
  });

  it('keeps a trial that equals the median', () => {
    expect(decide([...three, { values: [0.1, 0.7], state: 'running' }]).action).toBe('continue');
  });

  it('decides by the best epoch so far, not the latest', () => {
    expect(decide([...three, { values: [0.75, 0.1], state: 'running' }]).action).toBe('continue');
  });

  it("compares with the others' values at exactly this epoch, not their best", () => {
    const jittery: Curve[] = [{ values: [0.9, 0.2] }, { values: [0.9, 0.3] }, { values: [0.9, 0.4] }];
    expect(decide([...jittery, { values: [0.1, 0.35], state: 'running' }]).action).toBe('continue');
  });

  it('waits for the start-up trials', () => {
    expect(decide([...three.slice(1), { values: [0, 0], state: 'running' }]).action).toBe('continue');
  });

  it('waits for the floor of epochs', () => {
    expect(decide([...three, { values: [0], state: 'running' }]).action).toBe('continue');
  });

  it('counts completed trials alone', () => {
    const others: Curve[] = [
      { values: [0.9, 0.9], state: 'pruned' },
      { values: [0.9, 0.9], state: 'diverged' },
      { values: [0.9, 0.9], state: 'running' },
      { values: [0.9, 0.9], state: 'paused' },
    ];
    expect(decide([...three, ...others, { values: [0.7, 0.7], state: 'running' }]).reason).toContain('of 3 trials');
  });

  it('passes over values that are not finite', () => {
    const decision = decide([...three, { values: [0.9, NaN] }, { values: [0.1, 0.65], state: 'running' }]);
    expect(decision).toMatchObject({ action: 'prune', reason: '0.65 at epoch 2 against a median of 0.7 of 3 trials' });
  });

  it('does not decide on a trial without a finite value', () => {
    const decision = decide([...three, { values: [NaN, NaN], state: 'running' }]);
    expect(decision).toEqual({ action: 'continue', reason: 'no finite macroF1 yet' });
  });

  it('drops the greater value when minimizing', () => {
    const decision = decide([...three, { values: [0.9, 0.75], state: 'running' }], median, minimizeLoss);
    expect(decision).toMatchObject({ action: 'prune', reason: '0.75 at epoch 2 against a median of 0.7 of 3 trials' });
  });

  it('interpolates between the middle two of an even number', () => {
    const decision = decide([...three, { values: [0, 0.5] }, { values: [0.1, 0.64], state: 'running' }]);
    expect(decision.reason).toBe('0.64 at epoch 2 against a median of 0.65 of 4 trials');
  });
});

describe('percentile', () => {
  const quarter: PrunerOptions = { type: 'percentile', percentile: 25, startupTrials: 5, minEpochs: 1 };
  const five = [0.1, 0.2, 0.3, 0.4, 0.5].map((value): Curve => ({ values: [value] }));

  it('keeps the best share', () => {
    expect(decide([...five, { values: [0.4], state: 'running' }], quarter).action).toBe('continue');
  });

  it('drops what is below it', () => {
    expect(decide([...five, { values: [0.39], state: 'running' }], quarter)).toEqual({
      action: 'prune',
      reason: '0.39 at epoch 1 against a best 25 % mark of 0.4 of 5 trials',
      rival: { kind: 'trial', trial: 3, epoch: 1 },
    });
  });
});

describe('none', () => {
  it('keeps everything', () => {
    expect(decide([...three, { values: [0, 0], state: 'running' }], { type: 'none' }).action).toBe('continue');
  });
});
