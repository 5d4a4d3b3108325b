// What every pruner has in common: its options, its floor, the last epoch, repeats.
import { describe, expect, it } from 'vitest';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import type { PrunerOptions } from '../../../src/study/pruner-options.js';
import { historyOf, latest, maximizeF1 } from './fixtures.js';

const threshold: PrunerOptions = { type: 'threshold', bound: 0.99 };

function decide(epochs: number, options: PrunerOptions = threshold, context = {}) {
  const history = historyOf(maximizeF1, [{ values: new Array<number>(epochs).fill(0.5), state: 'running' }]);
  return createPruner(options, maximizeF1, { epochs: 12, seed: 1, ...context }).decide(latest(history), history);
}

describe('createPruner', () => {
  it('decides on no trial before the default floor', () => {
    expect(decide(2).action).toBe('continue');
  });

  it('decides from the default floor on', () => {
    expect(decide(3).action).toBe('prune');
  });

  it('counts the default floor from the end of the head phase', () => {
    expect(decide(4, threshold, { headEpochs: 2 }).action).toBe('continue');
  });

  it('takes a floor that is given as it is', () => {
    expect(decide(1, { ...threshold, minEpochs: 1 }, { headEpochs: 2 }).action).toBe('prune');
  });

  it('drops nobody after the last epoch', () => {
    expect(decide(12)).toEqual({ action: 'continue', reason: 'epoch 12 is the last' });
  });

  it("knows a trial's own last epoch where the study searches it", () => {
    const history = historyOf(maximizeF1, [{ values: [0.5, 0.5, 0.5], state: 'running' }]);
    const trial = { ...latest(history), parameters: { epochs: 3 } };
    const pruner = createPruner(threshold, maximizeF1, { epochs: 12, seed: 1 });
    expect(pruner.decide(trial, history).reason).toBe('epoch 3 is the last');
  });

  it('never drops a repeat', () => {
    const history = historyOf(maximizeF1, [{ values: [0.5, 0.5, 0.5], state: 'running' }]);
    const repeat = { ...latest(history), source: 'confirmation' as const };
    expect(createPruner(threshold, maximizeF1, { epochs: 12, seed: 1 }).decide(repeat, history).action).toBe(
      'continue',
    );
  });

  it.each<[PrunerOptions, string]>([
    [{ type: 'median', minEpochs: 0 }, 'expected an integer of at least 1, got 0 at pruner.minEpochs'],
    [{ type: 'percentile', percentile: 100 }, 'expected a number between 0 and 100, got 100 at pruner.percentile'],
    [{ type: 'successiveHalving', reduction: 1.5 }, 'expected an integer of at least 2, got 1.5 at pruner.reduction'],
    [{ type: 'threshold', bound: NaN }, 'expected a finite number, got NaN at pruner.bound'],
    [{ type: 'funnel', breadth: 0 }, 'expected a number above 0, got 0 at pruner.breadth'],
    [
      { type: 'median', significance: { confidence: 95 } },
      'expected a number between 0.5 and 1, got 95 at pruner.significance.confidence',
    ],
  ])('refuses %o', (options, message) => {
    expect(() => createPruner(options, maximizeF1, { epochs: 12, seed: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message }),
    );
  });
});
