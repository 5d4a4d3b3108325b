// The promotion form: pausing at rungs, and who goes on.
import { describe, expect, it } from 'vitest';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import type { HistoryLedger } from '../../../src/study/history.js';
import type { PrunerOptions } from '../../../src/study/pruner-options.js';
import { type Curve, type CurveState, eventsOf, historyOf, latest, maximizeF1 } from './fixtures.js';

const halving: PrunerOptions = { type: 'successiveHalving', form: 'promotion', minEpochs: 2, reduction: 3 };
const pruner = (trials?: number, options: PrunerOptions = halving) =>
  createPruner(options, maximizeF1, { epochs: 18, seed: 1, ...(trials === undefined ? {} : { trials }) });

const upTo = (value: number, state: CurveState = 'paused', epochs = 2): Curve => ({
  values: [0.01, ...new Array<number>(epochs - 1).fill(value)].slice(0, epochs),
  state,
});
const history = (...curves: readonly Curve[]): HistoryLedger => historyOf(maximizeF1, curves);
const paused = (...values: readonly number[]): Curve[] => values.map((value) => upTo(value));

describe('deciding', () => {
  it('pauses a trial at a rung', () => {
    const known = history(...paused(0.5, 0.6), upTo(0.4, 'running'));
    expect(pruner().decide(latest(known), known)).toEqual({
      action: 'pause',
      reason: '0.4 at epoch 2 is 3rd of 3 trials; 1 goes on with 0.6 or better',
    });
  });

  it('lets a trial between rungs be', () => {
    const known = history(upTo(0.4, 'running', 3));
    expect(pruner().decide(latest(known), known).action).toBe('continue');
  });

  it('does not pause a trial that has already earned its next epochs', () => {
    const known = history(...paused(0.5, 0.6), upTo(0.7, 'running'));
    expect(pruner(9).decide(latest(known), known)).toEqual({
      action: 'continue',
      reason: '0.7 at epoch 2 is 1st of 3 trials, up to 6 to come; 3 go on',
    });
  });

  it('drops a trial that cannot be kept, however those do that are to come', () => {
    const known = history(...paused(0.5, 0.6, 0.7, 0.45, 0.44, 0.43), upTo(0.4, 'running'));
    expect(pruner(9).decide(latest(known), known)).toEqual({
      action: 'prune',
      reason: '0.4 at epoch 2 is 7th of 7 trials, up to 2 to come; 3 go on with 0.5 or better',
      rival: { kind: 'trial', trial: 0, epoch: 2 },
    });
  });

  it('keeps as many again in reserve, lest those kept fail', () => {
    const known = history(...paused(0.5, 0.6, 0.7, 0.45, 0.44), upTo(0.4, 'running'));
    expect(pruner(9).decide(latest(known), known).action).toBe('pause');
  });
});

describe('promoting', () => {
  it('prefers a new trial while too few are there to compare', () => {
    expect(pruner().promote?.(history(...paused(0.5, 0.6)), 7)).toBeUndefined();
  });

  it('promotes the best third, the late better one before the early good one', () => {
    expect(pruner().promote?.(history(...paused(0.5, 0.4, 0.6)), 6)).toEqual({
      trial: 2,
      reason: '0.6 at epoch 2 is 1st of 3 trials, up to 6 to come; 3 go on',
    });
  });

  it('promotes nobody twice', () => {
    const known = history(...paused(0.5, 0.4), upTo(0.6, 'running', 3));
    expect(pruner().promote?.(known, 6)).toBeUndefined();
  });

  it('counts a promoted trial among the best of the rung', () => {
    const known = history(...paused(0.5, 0.4), upTo(0.6, 'running', 3), ...paused(0.55, 0.3, 0.2));
    expect(pruner().promote?.(known, 6)?.trial).toBe(3);
  });

  it('serves the highest rung first', () => {
    const higher = [0.5, 0.6, 0.7].map((value) => upTo(value, 'paused', 6));
    expect(pruner().promote?.(history(...paused(0.8, 0.9, 0.3), ...higher), 9)?.trial).toBe(5);
  });

  it('promotes the best one at the end even where the rung is not full', () => {
    expect(pruner().promote?.(history(...paused(0.5, 0.6)), 0)?.trial).toBe(1);
  });

  it('waits at the end for a running trial that may still be better', () => {
    expect(pruner().promote?.(history(...paused(0.5), upTo(0.1, 'running', 1)), 0)).toBeUndefined();
  });

  it('does not wait for one that cannot matter', () => {
    const known = history(...paused(0.5, 0.6, 0.7, 0.2, 0.1), upTo(0.1, 'running', 1));
    expect(pruner().promote?.(known, 0)?.trial).toBe(2);
  });

  it('gives the place of a failed trial to the next', () => {
    const known = history(...paused(0.5, 0.4), upTo(0.9, 'out-of-memory', 3), upTo(0.8, 'diverged', 3));
    expect(pruner().promote?.(known, 0)?.trial).toBe(0);
  });

  it('gives nobody more when everybody had the chance', () => {
    const known = history(...paused(0.5, 0.4), upTo(0.6, 'completed', 18));
    expect(pruner().promote?.(known, 0)).toBeUndefined();
  });

  it('goes on promoting in a study without an end', () => {
    const values = Array.from({ length: 100 }, (_, i) => i / 100);
    expect(pruner(undefined, { type: 'funnel' }).promote?.(history(...paused(...values)), Infinity)?.trial).toBe(99);
  });

  it('leaves repeats out of account', () => {
    const known = history(...paused(0.5, 0.6));
    for (const event of eventsOf(maximizeF1, [upTo(0.9, 'completed', 18)], 2)) {
      known.apply(event.type === 'asked' ? { ...event, source: 'confirmation' } : event);
    }
    expect(pruner().promote?.(known, 0)?.trial).toBe(1);
  });

  it('frees a trial that an earlier version of the study paused before the first rung', () => {
    expect(pruner().promote?.(history(upTo(0.5, 'paused', 1)), 5)?.trial).toBe(0);
  });
});

describe('giving up', () => {
  it('says where the trial stood', () => {
    const known = history(...paused(0.5, 0.4), upTo(0.6, 'completed', 18));
    expect(pruner().leftOver?.(known.trials[1] ?? latest(known), known)).toBe(
      '0.4 at epoch 2 is 3rd of 3 trials; 1 goes on with 0.6 or better',
    );
  });
});

describe('the funnel', () => {
  const funnel = (trials: number) => pruner(trials, { type: 'funnel' });

  it('keeps twice the square root of the trials at the first rung', () => {
    const known = history(...paused(...Array.from({ length: 63 }, (_, i) => i / 100)), upTo(0.9, 'running'));
    expect(funnel(64).decide(latest(known), known).reason).toBe('0.9 at epoch 2 is 1st of 64 trials; 16 go on');
  });

  it('keeps three in five at each doubling', () => {
    const known = history(...paused(...Array.from({ length: 63 }, (_, i) => i / 100)), upTo(0.9, 'running', 4));
    expect(funnel(64).decide(latest(known), known).reason).toContain('; 10 go on');
  });

  it('trains a trial that is alone in full', () => {
    const known = history(upTo(0.5, 'running'));
    expect(funnel(1).decide(latest(known), known).action).toBe('continue');
  });
});
