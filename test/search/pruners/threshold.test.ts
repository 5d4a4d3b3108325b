// A bound that every trial must have reached.
import { describe, expect, it } from 'vitest';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import type { Objective } from '../../../src/study/objective.js';
import { historyOf, latest, maximizeF1, minimizeLoss } from './fixtures.js';

function decide(values: readonly number[], bound: number, objective: Objective = maximizeF1) {
  const history = historyOf(objective, [{ values, state: 'running' }]);
  const pruner = createPruner({ type: 'threshold', bound, minEpochs: 2 }, objective, { epochs: 50, seed: 1 });
  return pruner.decide(latest(history), history);
}

describe('threshold', () => {
  it('drops a trial whose best is below the bound', () => {
    expect(decide([0.3, 0.2], 0.5)).toEqual({
      action: 'prune',
      reason: '0.3 at epoch 2 against a bound of 0.5',
      rival: { kind: 'bound', value: 0.5 },
    });
  });

  it('keeps a trial that once reached it', () => {
    expect(decide([0.5, 0.2], 0.5).action).toBe('continue');
  });

  it('waits for the floor of epochs', () => {
    expect(decide([0.1], 0.5).action).toBe('continue');
  });

  it('drops what is above the bound when minimizing', () => {
    expect(decide([0.9, 0.8], 0.5, minimizeLoss)).toMatchObject({ reason: '0.8 at epoch 2 against a bound of 0.5' });
  });
});
