// Freeze-thaw: what it continues, what it leaves, and what it is worth on recorded fine-tunings.
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { POLICIES, regretsOf } from '../../../bench/anytime/policies.js';
import { fitPrior } from '../../../scripts/prior/fit.js';
import { drawRuns, readRecordedRuns, recordedDomains } from '../../../scripts/prior/recorded-runs.js';
import { RandomStream } from '../../../src/math/random.js';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import { freezeThawStops } from '../../../src/search/pruners/freeze-thaw.js';
import { sobolCandidates } from '../../../src/search/sobol-candidates.js';
import { ValueScale } from '../../../src/search/value-scale.js';
import { HistoryLedger } from '../../../src/study/history.js';
import { SearchSpace } from '../../../src/study/space.js';
import { must } from '../../../src/system/must.js';
import { type Curve, eventsOf, historyOf, latest, maximizeF1, minimizeLoss } from './fixtures.js';

const EPOCHS = 12;
const pruner = (trials = 10, objective = maximizeF1) =>
  createPruner({ type: 'freezeThaw' }, objective, { epochs: EPOCHS, seed: 1, trials });
const rising = (...values: number[]): Curve => ({ values, state: 'paused' });

describe('freeze-thaw', () => {
  it('lets trials pause at epochs that are ever further apart, up to the last', () => {
    expect(freezeThawStops(2, 12)).toEqual([2, 3, 4, 6, 8, 12]);
    expect(freezeThawStops(3, 3)).toEqual([3]);
  });

  it('continues the paused trial that is ahead at the same epoch', () => {
    const history = historyOf(maximizeF1, [rising(0.2, 0.3), rising(0.4, 0.6), rising(0.1, 0.2)]);
    expect(pruner().promote?.(history, 0)?.trial).toBe(1);
  });

  it('does so where less is better', () => {
    const history = historyOf(minimizeLoss, [rising(0.9, 0.8), rising(0.5, 0.4), rising(1, 0.9)]);
    expect(pruner(10, minimizeLoss).promote?.(history, 0)?.trial).toBe(1);
  });

  it('takes percent for what they are', () => {
    const history = historyOf(maximizeF1, [rising(20, 30), rising(40, 60), rising(10, 20)]);
    expect(pruner().promote?.(history, 0)?.trial).toBe(1);
  });

  it('prefers a new trial to a paused one that is hopeless', () => {
    const leader: Curve = { values: Array.from({ length: EPOCHS }, () => 0.5), state: 'completed' };
    const history = historyOf(maximizeF1, [leader, rising(0.05, 0.05, 0.05, 0.05)]);
    expect(pruner().promote?.(history, 8)).toBeUndefined();
  });

  it('gives a hopeless trial up when there are no new ones', () => {
    const leader: Curve = { values: Array.from({ length: EPOCHS }, () => 0.95), state: 'completed' };
    const history = historyOf(maximizeF1, [leader, rising(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)]);
    expect(pruner().promote?.(history, 0)).toBeUndefined();
    expect(pruner().leftOver?.(must(history.trials[1], 'a trial'), history)).toContain(
      'expected improvement of macroF1',
    );
  });

  it('pauses a trial where another promises more, and says so', () => {
    const history = historyOf(maximizeF1, [rising(0.5, 0.8), { values: [0.1, 0.1], state: 'running' }]);
    const decision = pruner(2).decide(latest(history), history);
    expect(decision.action).toBe('pause');
    expect(decision.reason).toContain('trial 0 promises more per second');
  });

  it('continues a trial that promises enough, also where another promises too little in less time', () => {
    const leader: Curve = { values: Array.from({ length: EPOCHS }, () => 0.9), state: 'completed' };
    const history = historyOf(maximizeF1, [leader, rising(0.7, 0.75), rising(...Array.from({ length: 8 }, () => 0.1))]);
    const costs = createPruner({ type: 'freezeThaw' }, maximizeF1, {
      ...{ epochs: EPOCHS, seed: 1, trials: 3 },
      expect: ({ id }) => ({ quality: 0, logSeconds: id === 2 ? -200 : 0 }),
    });
    expect(costs.promote?.(history, 0)?.trial).toBe(1);
  });

  it('expects less of a paused trial where trials move as foretold than where they surprise', () => {
    const leader: Curve = { values: Array.from({ length: EPOCHS }, () => 0.85), state: 'completed' };
    const others = (...values: number[]): Curve[] => Array.from({ length: 6 }, () => ({ values, state: 'completed' }));
    const promised = (curves: Curve[]): number => {
      const history = historyOf(maximizeF1, [leader, ...curves, rising(0.8, 0.8, 0.8, 0.8)]);
      return Number(/: ([\d.e-]+)$/.exec(pruner().leftOver?.(latest(history), history) ?? '')?.[1]);
    };
    const steady = promised(others(...Array.from({ length: EPOCHS }, () => 0.8)));
    const surprising = promised(others(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.8));
    expect(steady).toBeGreaterThan(0);
    expect(steady).toBeLessThan(0.5 * surprising);
  });

  it('tells the improvement in the unit of the metric', () => {
    const history = historyOf(minimizeLoss, [rising(900, 800), rising(500, 400), rising(1000, 900)]);
    const reason = pruner(10, minimizeLoss).promote?.(history, 0)?.reason ?? '';
    expect(Number(reason.split(': ')[1])).toBeGreaterThan(1);
  });

  it('tells the others apart where some losses are beyond measure', () => {
    const history = historyOf(minimizeLoss, [
      ...[0.3, 0.4, 0.5, 0.6, 0.7].map((loss) => rising(loss, loss)),
      ...[0, 1].map((): Curve => ({ values: Array.from({ length: EPOCHS }, () => 1e6), state: 'completed' })),
    ]);
    const scale = ValueScale.of(history);
    expect(scale.shareOf(0.3) - scale.shareOf(0.5)).toBeGreaterThan(0.1);
    expect([scale.shareOf(0.3), scale.shareOf(1e6)]).toEqual([expect.closeTo(0.85), 0]);
  });

  it('expects no more epochs than a trial has', () => {
    const history = new HistoryLedger(maximizeF1);
    const ends = [12, 12, 4];
    for (const [trial, epochs] of ends.entries()) {
      history.apply({ type: 'asked', trial, parameters: { epochs, x: trial }, source: 'sampler', at: 0 });
      for (const event of eventsOf(maximizeF1, [rising(0.3, trial === 2 ? 0.35 : 0.7)], trial).slice(1))
        history.apply(event);
    }
    expect(pruner().leftOver?.(must(history.trials[2], 'a trial'), history)).toMatch(/by epoch [34]:/);
  });

  it('looks beyond its first sample for what a new trial could be', () => {
    const names = Array.from({ length: 200 }, (_, i) => `name ${i}`);
    const space = new SearchSpace({ name: { type: 'choice', values: names, ordinal: false } });
    const candidates = sobolCandidates(space, 1);
    const history = new HistoryLedger(maximizeF1);
    for (let trial = 0; trial < 200;) {
      const found = candidates(history);
      expect(found.length).toBeGreaterThan(0);
      for (const parameters of found) {
        if (history.has(parameters)) continue;
        history.apply({ type: 'asked', trial: trial++, parameters, source: 'sampler', at: 0 });
      }
    }
    expect(candidates(history)).toEqual([]);
  });

  it('drops a trial rather than keep more checkpoints than can be of use', () => {
    const ahead = Array.from({ length: 40 }, (_, i) => rising(0.5, 0.7 + i / 1000));
    const decide = (count: number, value = 0.1) => {
      const history = historyOf(maximizeF1, [...ahead.slice(0, count), { values: [value, value], state: 'running' }]);
      return pruner(100).decide(latest(history), history);
    };
    expect(decide(39).action).toBe('pause');
    expect(decide(40)).toMatchObject({ action: 'prune', rival: { kind: 'trial', epoch: 2 } });
    expect(decide(40, 0.9).action).not.toBe('prune');
    expect(decide(40).reason).toContain('40 paused trials promise more per second');
  });

  it('never pauses a repeat', () => {
    const history = historyOf(maximizeF1, [rising(0.5, 0.8), { values: [0.1, 0.1], state: 'running' }]);
    const repeat = { ...latest(history), source: 'confirmation' as const };
    expect(pruner(2).decide(repeat, history).action).toBe('continue');
  });
});

const path = '../shared/benchmarks/finetuning-curves.json';

describe.skipIf(!existsSync(path))(`the search on ${path}, skipped where it is absent`, () => {
  it('has at most half the regret of random halving after one full run, on data sets that its prior was not fitted to', () => {
    const sets = readRecordedRuns(path);
    const space = new SearchSpace(recordedDomains(sets));
    const prior = fitPrior(sets.slice(3, 7));
    const [halving, ours] = ['random, halving by promotion', 'bayesian, freeze-thaw, prior'].map((name) => {
      const policy = must(
        POLICIES.find((one) => one.name === name),
        'a policy',
      );
      return sets.slice(0, 3).reduce((sum, set) => {
        const pool = drawRuns(set, 40, RandomStream.of('test', set.name));
        return sum + (regretsOf(policy, pool, space, prior, 1, 3, { until: 1 })[1] ?? NaN);
      }, 0);
    });
    expect(ours).toBeLessThanOrEqual(0.5 * (halving ?? 0));
  });
});
