// A failure that need not be the parameters' fault: the trial is tried once more, and the journal says so.
import { describe, expect, it } from 'vitest';
import { StudyControl } from '../../src/controller/study-control.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { Assignment, RunOutcome, TrialRunner } from '../../src/study/trial-runner.js';
import { created, play } from './scene.js';

const segfault: RunOutcome = { status: 'failed', kind: 'crashed', message: 'SIGSEGV', blameless: true };
const finished: RunOutcome = { status: 'finished' };

/** Reports an epoch for each outcome and ends with it; the outcomes are used up in order. */
function scripted(outcomes: RunOutcome[], given: Assignment[] = []): TrialRunner {
  return {
    slots: 1,
    async run(assignment, _, onReport) {
      given.push(assignment);
      await onReport({ epoch: assignment.reported + 1, metrics: { f1: 0.5 } });
      return outcomes.shift() ?? finished;
    },
    close: () => Promise.resolve(),
  };
}

const types = (events: readonly unknown[]): string[] => events.map((event) => (event as TrialEvent).type);

describe('a trial that fails without blame', () => {
  it('goes on from where it was, and completes', async () => {
    const given: Assignment[] = [];
    const { events, study } = await play({ runner: scripted([segfault, finished], given), trials: 1 });
    expect(types(events)).toEqual(['created', 'asked', 'started', 'reported', 'retried', 'reported', 'told']);
    expect(events[4]).toEqual({ type: 'retried', trial: 0, kind: 'crashed', message: 'SIGSEGV' });
    expect(given.map(({ reported }) => reported)).toEqual([0, 1]);
    expect(study.history.trials[0]).toMatchObject({ state: 'completed', retried: { kind: 'crashed' } });
    expect(study.history.failuresInARow).toEqual([]);
  });

  it('fails the second time', async () => {
    const { events, study } = await play({ runner: scripted([segfault, segfault, finished]), trials: 2 });
    expect(types(events).filter((type) => type === 'retried')).toHaveLength(1);
    expect(study.history.trials.map(({ state }) => state)).toEqual(['failed', 'completed']);
    expect(study.history.trials[0]?.outcome).toEqual({ status: 'failed', kind: 'crashed', message: 'SIGSEGV' });
  });

  it('is not tried a third time by a study that is continued', async () => {
    const control = new StudyControl();
    const store = new MemoryStore([created]);
    const runner = scripted([segfault]);
    const run: TrialRunner['run'] = (assignment, slot, onReport, signal) => {
      control.suspend();
      return runner.run(assignment, slot, onReport, signal);
    };
    const first = await play({ runner: { ...runner, run }, control, store, trials: 1 });
    expect(first.end.reason).toBe('interrupted');
    expect(types(first.events).at(-1)).toBe('retried');

    const before = await store.load();
    const second = await play({ runner: scripted([segfault]), store: new MemoryStore(before), before, trials: 1 });
    expect(types(second.events).filter((type) => type === 'retried')).toHaveLength(1);
    expect(second.study.history.trials[0]?.state).toBe('failed');
  });

  it('is not tried again where the parameters are to blame', async () => {
    const outOfMemory: RunOutcome = { status: 'failed', kind: 'out-of-memory', message: 'heap' };
    const { events } = await play({ runner: scripted([outOfMemory]), trials: 1 });
    expect(types(events)).not.toContain('retried');
  });
});

it('a trial that an earlier process died with is kept apart from this one', async () => {
  const before: TrialEvent[] = [
    created,
    { type: 'asked', trial: 0, parameters: { x: 0 }, source: 'sampler', at: 0 },
    { type: 'started', trial: 0, slot: 0, at: 0 },
  ];
  const given: Assignment[] = [];
  await play({ runner: scripted([], given), before, suspects: new Set([0]), trials: 2 });
  expect(given.map(({ trial, apart }) => [trial, apart])).toEqual([
    [0, true],
    [1, undefined],
  ]);
});
