// Asynchronous halving, stopping form, against hand-worked rungs.
import { describe, expect, it } from 'vitest';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import { type Curve, type CurveState, historyOf, latest, maximizeF1 } from './fixtures.js';

const pruner = () =>
  createPruner({ type: 'successiveHalving', minEpochs: 2, reduction: 3 }, maximizeF1, { epochs: 50, seed: 1 });

function decide(curves: readonly Curve[]) {
  const history = historyOf(maximizeF1, curves);
  return pruner().decide(latest(history), history);
}

/** Two epochs that end at this value. */
const upTo = (value: number, state: CurveState = 'pruned'): Curve => ({ values: [0.1, value], state });
const running = (value: number): Curve => upTo(value, 'running');

describe('successive halving, stopping form', () => {
  it('lets the first arrival pass', () => {
    expect(decide([running(0.2)]).action).toBe('continue');
  });

  it('lets only a new best pass while fewer than the reduction are there', () => {
    expect(decide([upTo(0.5), running(0.4)])).toMatchObject({
      action: 'prune',
      reason: '0.4 at epoch 2 is 2nd of 2 trials; 1 goes on, with 0.5 or better',
    });
  });

  it('lets the best third pass', () => {
    expect(decide([0.1, 0.2, 0.3, 0.4, 0.9].map((value) => upTo(value)).concat(running(0.5))).action).toBe('continue');
  });

  it('drops the first below the best third and names the last that passes', () => {
    expect(decide([0.1, 0.2, 0.3, 0.8, 0.9].map((value) => upTo(value)).concat(running(0.5)))).toEqual({
      action: 'prune',
      reason: '0.5 at epoch 2 is 3rd of 6 trials; 2 go on, with 0.8 or better',
      rival: { kind: 'trial', trial: 3, epoch: 2 },
    });
  });

  it('lets equals share the better place', () => {
    expect(decide([upTo(0.5), running(0.5)]).action).toBe('continue');
  });

  it('decides at rungs alone', () => {
    const decision = decide([upTo(0.9), { values: [0.1, 0.2, 0.3], state: 'running' }]);
    expect(decision).toEqual({ action: 'continue', reason: 'epoch 3, between rungs' });
  });

  it('ranks by the best up to the rung, not by what came later', () => {
    expect(decide([{ values: [0.1, 0.3, 0.9] }, running(0.4)]).action).toBe('continue');
  });

  it('counts a trial that diverged after the rung as the worst of it', () => {
    const others = [upTo(0.9, 'diverged'), upTo(0.8), upTo(0.1), upTo(0.1), upTo(0.1)];
    expect(decide([...others, running(0.5)])).toMatchObject({
      action: 'continue',
      reason: '0.5 at epoch 2 is 2nd of 6 trials; 2 go on',
    });
  });

  it('leaves out a trial that ran out of memory', () => {
    expect(decide([upTo(0.9, 'out-of-memory'), running(0.5)]).reason).toContain('1st of 1 trial;');
  });

  it('decides on a report that jumps over a rung by the best before it', () => {
    const history = historyOf(maximizeF1, [upTo(0.5), { values: [0.4], state: 'running' }]);
    const trial = latest(history);
    const jumped = { ...trial, reports: [...trial.reports, { epoch: 3, metrics: { macroF1: 0.9 } }] };
    history.trials[1] = jumped;
    expect(pruner().decide(jumped, history)).toMatchObject({
      action: 'prune',
      reason: expect.stringContaining('0.4 at epoch 2'),
    });
  });

  it('never lets a value that is not finite into the ranking', () => {
    expect(decide([{ values: [NaN, NaN] }, { values: [NaN, 0.9] }, running(0.5)]).reason).toContain('of 2 trials');
  });
});
