// Events that a study might have had, for tests of the store.
import { definitionOf } from '../study/definitions.js';
import fc from 'fast-check';
import { JOURNAL_VERSION, type TrialEvent } from '../../src/study/events.js';
import type { Outcome } from '../../src/study/trial.js';

export const created: TrialEvent = {
  type: 'created',
  version: JOURNAL_VERSION,
  study: {
    name: 'tëst 🦋',
    definition: definitionOf({ space: { x: { type: 'float', min: 0, max: 1, scale: 'linear' } } }),
  },
  at: 1,
};

export function asked(trial: number): TrialEvent {
  return { type: 'asked', trial, parameters: { x: trial / 7 }, source: 'sampler', at: 2 };
}

/** Any order of trials that a study with one slot can have, cut off anywhere. */
export const someEvents: fc.Arbitrary<TrialEvent[]> = fc
  .array(fc.tuple(fc.array(someMetric(), { maxLength: 4 }), someOutcome(), someText(), someParameter()), {
    maxLength: 8,
  })
  .chain((trials) => {
    const events = trials.flatMap(([values, outcome, note, parameter], trial): TrialEvent[] => [
      { type: 'asked', trial, parameters: { parameter, trial }, source: 'sampler', note, at: 2 },
      { type: 'started', trial, slot: 0, at: 3 },
      ...values.map((value, i): TrialEvent => {
        const report = {
          epoch: i + 1,
          metrics: { value, [note]: value },
          detail: { confusion: [[1, 2]] },
          seconds: 0.1,
        };
        return { type: 'reported', trial, report, at: 4 };
      }),
      { type: 'retried', trial, kind: 'crashed', message: note, at: 5 },
      { type: 'warned', message: note, trial, at: 5 },
      { type: 'told', trial, outcome, at: 6 },
    ]);
    return fc.integer({ min: 0, max: events.length }).map((end) => [created, ...events.slice(0, end)]);
  });

function someMetric(): fc.Arbitrary<number> {
  return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
}

function someText(): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text !== '__proto__');
}

function someParameter(): fc.Arbitrary<string | number | boolean> {
  return fc.oneof(someText(), fc.boolean(), someMetric());
}

function someOutcome(): fc.Arbitrary<Outcome> {
  return fc.oneof(
    fc.constant<Outcome>({ status: 'completed' }),
    fc.record({ status: fc.constant('completed' as const), reason: someText() }),
    fc.record({ status: fc.constant('pruned' as const), epoch: fc.nat(), reason: someText() }),
    fc.record({
      status: fc.constant('failed' as const),
      kind: fc.constantFrom('diverged', 'out-of-memory', 'crashed', 'timed-out'),
      message: someText(),
    }),
  );
}
