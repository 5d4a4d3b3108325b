// What events add up to.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StudyRecord, TrialEvent } from '../../src/study/events.js';
import { HistoryLedger, parametersKey } from '../../src/study/history.js';
import type { Outcome } from '../../src/study/trial.js';
import { definitionOf } from './definitions.js';

const objective = { metric: 'f1', direction: 'maximize' } as const;

function ledger(...events: readonly TrialEvent[]): HistoryLedger {
  const history = new HistoryLedger(objective);
  for (const event of events) history.apply(event);
  return history;
}

const asked = (trial: number): TrialEvent => ({
  type: 'asked',
  trial,
  parameters: { x: trial },
  source: 'sampler',
  at: 0,
});
const started = (trial: number): TrialEvent => ({ type: 'started', trial, slot: 0, at: 1 });
const reported = (trial: number, epoch: number, f1: number): TrialEvent => ({
  type: 'reported',
  trial,
  report: { epoch, metrics: { f1 } },
  at: 2,
});
const told = (trial: number, outcome: Outcome): TrialEvent => ({ type: 'told', trial, outcome, at: 3 });
const finished = (trial: number, ...values: number[]): TrialEvent[] => [
  asked(trial),
  started(trial),
  ...values.map((value, i) => reported(trial, i + 1, value)),
  told(trial, { status: 'completed' }),
];

describe('history', () => {
  it('takes the best epoch for the value of a trial, not the last', () => {
    const { trials } = ledger(...finished(0, 0.5, 0.9, 0.7));
    expect(trials[0]?.best).toEqual({ epoch: 2, value: 0.9 });
  });

  it('knows the best trial; the earlier one wins a tie', () => {
    expect(ledger(...finished(0, 0.5), ...finished(1, 0.8), ...finished(2, 0.8)).best?.number).toBe(1);
  });

  it('lets a pruned trial be the best, a failed one never', () => {
    const events = [...finished(0, 0.5), asked(1), started(1), reported(1, 1, 0.9)];
    expect(ledger(...events, told(1, { status: 'pruned', epoch: 1, reason: 'x' })).best?.number).toBe(1);
    expect(ledger(...events, told(1, { status: 'failed', kind: 'crashed', message: 'x' })).best?.number).toBe(0);
  });

  it('ignores a metric that is not a number for the best epoch', () => {
    const { trials } = ledger(asked(0), started(0), reported(0, 1, 0.4), reported(0, 2, NaN));
    expect(trials[0]?.best).toEqual({ epoch: 1, value: 0.4 });
  });

  it('counts failures in a row', () => {
    const failed: Outcome = { status: 'failed', kind: 'diverged', message: 'x' };
    const history = ledger(asked(0), started(0), told(0, failed), asked(1), started(1), told(1, failed));
    expect(history.failuresInARow).toEqual([0, 1]);
    for (const event of finished(2, 0.1)) history.apply(event);
    expect(history.failuresInARow).toEqual([]);
  });

  describe('a search that has stopped', () => {
    const definition = definitionOf();
    const { search } = definition;
    const study = { name: 'a', definition };
    const before: TrialEvent[] = [
      { type: 'created', version: 4, study, at: 0 },
      ...finished(0, 0.5),
      { type: 'stopped', reason: 'enough', message: 'enough', at: 4 },
    ];
    const amended = (changed: Partial<StudyRecord>): TrialEvent => {
      return { type: 'amended', study: { ...study, ...changed }, changes: ['a change'], at: 5 };
    };
    const withSearch = (changes: Partial<typeof search>): TrialEvent =>
      amended({ definition: { ...definition, search: { ...search, ...changes } } });

    it.each<[string, TrialEvent]>([
      ['its name', amended({ name: 'b' })],
      ['its engine', amended({ engine: 'torch' })],
      ['its repeats', withSearch({ confirm: { top: 2, repeats: 2 } })],
      ['the time of a run', withSearch({ time: '20m' })],
    ])('stays so where %s changes', (_, event) => {
      expect(ledger(...before, event).stopped?.message).toBe('enough');
    });

    it.each<[string, TrialEvent]>([
      ['its total', withSearch({ trials: search.trials + 1 })],
      ['its stop rule', withSearch({ stop: 'noise' })],
      ['what is tried first', withSearch({ enqueue: [{ x: 1 }] })],
      [
        'its space',
        amended({ definition: { ...definition, space: { x: { type: 'int', min: 0, max: 9, scale: 'linear' } } } }),
      ],
    ])('goes on where %s changes', (_, event) => {
      expect(ledger(...before, event).stopped).toBeUndefined();
    });

    it('has gone on where a trial of it follows, as in journals of earlier versions', () => {
      expect(ledger(...before, amended({ name: 'b' }), asked(1)).stopped).toBeUndefined();
    });
  });

  it('pauses and promotes', () => {
    const history = ledger(asked(0), started(0), { type: 'paused', trial: 0, epoch: 0, reason: 'rung', at: 0 });
    expect(history.counts.paused).toBe(1);
    history.apply({ type: 'promoted', trial: 0, reason: 'earned', at: 0 });
    expect(history.trials[0]?.state).toBe('running');
  });

  it('replaces records and leaves those given out as they were', () => {
    const history = ledger(asked(0), started(0));
    const before = history.trials[0];
    history.apply(reported(0, 1, 0.3));
    expect(before?.reports).toEqual([]);
    expect(history.trials[0]?.reports).toHaveLength(1);
  });

  it.each<[string, TrialEvent[], RegExp]>([
    ['a trial out of order', [asked(1)], /expected trial 0 to be asked next, got trial 1/],
    ['a report of an unknown trial', [reported(0, 1, 1)], /expected a known trial in 'reported', got trial 0 of 0/],
    ['a skipped epoch', [asked(0), started(0), reported(0, 2, 1)], /expected epoch 1 of trial 0, got epoch 2/],
    [
      'a second start',
      [asked(0), started(0), started(0)],
      /expected trial 0 to be asked at 'started', but it is running/,
    ],
    ['a report after the end', [...finished(0, 1), reported(0, 2, 1)], /but it is completed/],
  ])('refuses %s', (_, events, message) => {
    expect(() => ledger(...events)).toThrow(message);
  });

  it('counts every trial in exactly one state', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 }), (fates) => {
        const history = new HistoryLedger(objective);
        fates.forEach((fate, trial) => {
          const events = finished(trial, 0.1);
          for (const event of events.slice(0, fate + 1)) history.apply(event);
        });
        const sum = Object.values(history.counts).reduce((total, count) => total + count, 0);
        expect(sum).toBe(fates.length);
      }),
    );
  });
});

describe('parametersKey', () => {
  it('does not depend on the order of names', () => {
    expect(parametersKey({ a: 1, b: 'x' })).toBe(parametersKey({ b: 'x', a: 1 }));
  });

  it('tells a number from its text', () => {
    expect(parametersKey({ a: 1 })).not.toBe(parametersKey({ a: '1' }));
  });
});
