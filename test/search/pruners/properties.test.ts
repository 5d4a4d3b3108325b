// What must hold of every pruner in every study: purity, fairness to the best, an end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCURACY, replay } from '../../../bench/pruning/replay.js';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import type { Pruner, Decision } from '../../../src/search/pruner.js';
import type { History } from '../../../src/study/history.js';
import type { PrunerOptions } from '../../../src/study/pruner-options.js';
import type { Trial } from '../../../src/study/trial.js';
import { copyOf } from './fixtures.js';

const KINDS: readonly PrunerOptions[] = [
  { type: 'none' },
  { type: 'median', startupTrials: 2, minEpochs: 2 },
  { type: 'percentile', percentile: 30, startupTrials: 2, minEpochs: 1 },
  { type: 'patience', patience: 2, minEpochs: 1 },
  { type: 'threshold', bound: 0.4, minEpochs: 2 },
  { type: 'successiveHalving', minEpochs: 2, reduction: 2 },
  { type: 'successiveHalving', form: 'promotion', minEpochs: 1, reduction: 3 },
  { type: 'hyperband', minEpochs: 1, reduction: 2 },
  { type: 'funnel', minEpochs: 1, breadth: 1 },
  { type: 'freezeThaw', minEpochs: 1 },
];
const EPOCHS = 9;

/** Few different values, so that ties are common; collapsed curves among them. */
const value = fc.oneof(fc.constantFrom(0, 0.25, 0.5, 0.5), fc.double({ min: 0, max: 1, noNaN: true }));
/** Now and then a run diverges. */
const accuracy = fc.tuple(fc.array(value, { minLength: EPOCHS, maxLength: EPOCHS }), fc.nat(4 * EPOCHS));
const curve = fc.record({
  accuracy: accuracy.map(([values, bad]) => values.map((one, i) => (i === bad ? NaN : one))),
  seconds: fc.constantFrom(1, 1, 2.5, 7),
});
const study = fc.record({
  curves: fc.array(curve, { minLength: 1, maxLength: 14 }),
  workers: fc.constantFrom(1, 2, 4),
  total: fc.boolean(),
});
const contextOf = (trials: number, total: boolean) => ({ epochs: EPOCHS, seed: 5, ...(total ? { trials } : {}) });

interface Answer {
  readonly answer: unknown;
  readonly history: History;
  /** The trial that was decided on; undefined where a promotion was asked for. */
  readonly decidedOn: Trial | undefined;
  /** Asks another pruner the same of another history. */
  readonly ask: (pruner: Pruner, history: History) => unknown;
}

/** The pruner, reporting each of its answers. */
function watched(pruner: Pruner, onAnswer: (answer: Answer) => void): Pruner {
  return {
    decide(trial, history) {
      const answer = pruner.decide(trial, history);
      const ask: Answer['ask'] = (other, known) => other.decide(known.trials[trial.number] ?? trial, known);
      onAnswer({ answer, history, decidedOn: trial, ask });
      return answer;
    },
    promote(history, remaining) {
      const answer = pruner.promote?.(history, remaining);
      onAnswer({ answer, history, decidedOn: undefined, ask: (other, known) => other.promote?.(known, remaining) });
      return answer;
    },
  };
}

describe.each(KINDS.map((options) => [JSON.stringify(options), options] as const))('%s', (_, options) => {
  const create = (trials: number, total: boolean): Pruner => createPruner(options, ACCURACY, contextOf(trials, total));

  it('answers from history alone: the same after a restart, and after reading another study', () => {
    fc.assert(
      fc.property(study, study, ({ curves, workers, total }, other) => {
        const used = create(curves.length, total);
        replay(other.curves, used, 1);
        const watch = watched(create(curves.length, total), ({ ask, answer, history }) => {
          expect(ask(create(curves.length, total), copyOf(history))).toEqual(answer);
          expect(ask(used, history)).toEqual(answer);
        });
        replay(curves, watch, workers);
      }),
      { numRuns: 25 },
    );
  });

  it('ends with every trial finished and says why', () => {
    fc.assert(
      fc.property(study, ({ curves, workers, total }) => {
        const { history } = replay(curves, create(curves.length, total), workers);
        const { completed, pruned, failed } = history.counts;
        expect(completed + pruned + failed).toBe(curves.length);
        for (const { outcome } of history.trials) {
          expect(outcome?.status === 'pruned' ? outcome.reason : 'done').not.toBe('');
        }
      }),
      { numRuns: 50 },
    );
  });

  it('runs a trial that is alone to its end', () => {
    const alone = [{ accuracy: Array.from({ length: EPOCHS }, (_, i) => 0.5 + i / 100), seconds: 1 }];
    expect(replay(alone, create(1, true), 1).spent).toEqual([EPOCHS]);
  });

  if (create(1, true).promote !== undefined) {
    it('brings a trial to its end while any is left that has not failed', () => {
      fc.assert(
        fc.property(study, ({ curves, workers }) => {
          const { counts } = replay(curves, create(curves.length, false), workers).history;
          expect(counts.completed > 0 || counts.failed === curves.length).toBe(true);
        }),
        { numRuns: 100 },
      );
    });
  }

  // A bound is meant to drop whatever does not reach it, the best included.
  if (options.type === 'threshold') return;
  it('never drops the trial whose best is the best of all so far', () => {
    fc.assert(
      fc.property(study, ({ curves, workers, total }) => {
        const watch = watched(create(curves.length, total), ({ answer, decidedOn, history }) => {
          if (decidedOn?.best === undefined || (answer as Decision).action !== 'prune') return;
          const { number, best } = decidedOn;
          expect(
            history.trials.some((other) => other.number !== number && (other.best?.value ?? -1) >= best.value),
          ).toBe(true);
        });
        const { history } = replay(curves, watch, workers);
        const value = Math.max(...history.trials.map(({ best }) => best?.value ?? -Infinity));
        if (value === -Infinity) return;
        const winners = history.trials.filter(({ best }) => best?.value === value);
        expect(winners.some(({ state }) => state === 'completed' || state === 'failed')).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
