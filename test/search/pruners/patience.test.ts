// Patience ends a trial as completed once it has stopped improving.
import { describe, expect, it } from 'vitest';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import type { Objective } from '../../../src/study/objective.js';
import { historyOf, latest, maximizeF1, minimizeLoss } from './fixtures.js';

function decide(
  values: readonly number[],
  settings: { patience: number; minDelta?: number },
  objective: Objective = maximizeF1,
) {
  const history = historyOf(objective, [{ values, state: 'running' }]);
  const pruner = createPruner({ type: 'patience', minEpochs: 1, ...settings }, objective, { epochs: 50, seed: 1 });
  return pruner.decide(latest(history), history);
}

describe('patience', () => {
  it('completes a trial, for its best epoch may be the best of all', () => {
    expect(decide([0.5, 0.8, 0.7, 0.8], { patience: 2 })).toEqual({
      action: 'complete',
      reason: 'no improvement on 0.8 of epoch 2 in 2 epochs up to epoch 4',
    });
  });

  it('starts again at each improvement', () => {
    expect(decide([0.5, 0.4, 0.6, 0.5], { patience: 2 }).action).toBe('continue');
  });

  it('takes small improvements for none', () => {
    expect(decide([0.5, 0.505, 0.508], { patience: 2, minDelta: 0.01 }).action).toBe('complete');
  });

  it('adds up small improvements', () => {
    expect(decide([0.5, 0.508, 0.516], { patience: 2, minDelta: 0.01 }).action).toBe('continue');
  });

  it('waits for falling values when minimizing', () => {
    expect(decide([0.5, 0.4, 0.3, 0.2], { patience: 2 }, minimizeLoss).action).toBe('continue');
  });

  it('counts from the epoch that trains all blocks, not from the head phase', () => {
    const history = historyOf(maximizeF1, [{ values: [0.8, 0.5, 0.5, 0.5, 0.5], state: 'running' }]);
    const from = (epoch: number) =>
      createPruner({ type: 'patience', minEpochs: 1, patience: 2 }, maximizeF1, {
        ...{ epochs: 50, seed: 1, fullDepthFrom: () => epoch },
      }).decide(latest(history), history).action;
    expect(from(4)).toBe('complete');
    expect(from(5)).toBe('continue');
  });

  it('counts an epoch without a finite value as one without improvement', () => {
    expect(decide([0.5, NaN, NaN], { patience: 2 }).action).toBe('complete');
  });
});
