// Hyperband: brackets that follow from a trial's identity.
import { describe, expect, it } from 'vitest';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import { bracketShares } from '../../../src/search/pruners/hyperband.js';
import { type Curve, historyOf, maximizeF1 } from './fixtures.js';

const curves = Array.from({ length: 200 }, (_, i): Curve => ({ values: [0.1, 0.2, 0.9 - i / 300], state: 'running' }));

function reasons(seed: number, upTo = curves.length): string[] {
  const history = historyOf(maximizeF1, curves.slice(0, upTo));
  const pruner = createPruner({ type: 'hyperband', minEpochs: 3, reduction: 3 }, maximizeF1, { epochs: 27, seed });
  return history.trials.map((trial) => pruner.decide(trial, history).reason);
}
const brackets = (list: readonly string[]) => list.map((reason) => reason.slice(0, 'bracket 1 of 3'.length));

describe('hyperband', () => {
  it('gives brackets the shares that make them cost the same', () => {
    expect(bracketShares(3, 3)).toEqual([9, 5, 3]);
  });

  it('puts a trial into the same bracket whatever else the study holds', () => {
    expect(brackets(reasons(7)).slice(0, 50)).toEqual(brackets(reasons(7, 50)));
  });

  it('draws other brackets from another seed', () => {
    expect(brackets(reasons(7))).not.toEqual(brackets(reasons(8)));
  });

  it('fills every bracket about as its share says', () => {
    const eager = brackets(reasons(7)).filter((name) => name === 'bracket 1 of 3').length;
    expect(Math.abs(eager / curves.length - 9 / 17)).toBeLessThan(4 * Math.sqrt((9 * 8) / 17 ** 2 / curves.length));
  });

  it('compares within a bracket alone, from its own first rung on', () => {
    const decidedOn = reasons(7).filter((reason) => reason.includes('at epoch 3'));
    expect(new Set(brackets(decidedOn))).toEqual(new Set(['bracket 1 of 3']));
    expect(decidedOn[0]).toContain(`of ${decidedOn.length} trials`);
  });
});
