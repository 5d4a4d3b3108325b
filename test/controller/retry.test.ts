// A failure that need not be the parameters' fault: the trial is tried once more, and the journal says so.
import { describe, expect, it } from 'vitest';
import { StudyControl } from '../../src/controller/study-control.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { Assignment, TrialRunner } from '../../src/study/trial-runner.js';
import type { Outcome } from '../../src/study/trial.js';
import { created, play } from './scene.js';

const segfault: Outcome = { status: 'failed', kind: 'crashed', message: 'SIGSEGV', fault: 'chance' };
const finished: Outcome = { status: 'completed' };

/** Reports an epoch for each outcome and ends with it; the outcomes are used up in order. */
function scripted(outcomes: Outcome[], given: Assignment[] = []): TrialRunner {
  return {
    slots: 1,
    async run(trials) {
      for (const { assignment, onReport } of trials) {
        given.push(assignment);
        await onReport({ epoch: assignment.reported + 1, metrics: { f1: 0.5 } });
      }
      for (const { onEnd } of trials) onEnd(outcomes.shift() ?? finished);
    },
    close: () => Promise.resolve(),
  };
}

const types = (events: readonly unknown[]): string[] => events.map((event) => (event as TrialEvent).type);

describe('a trial that fails by chance', () => {
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
    const run: TrialRunner['run'] = (...given) => {
      control.stop();
      return runner.run(...given);
    };
    const first = await play({ runner: { ...runner, run }, control, store, trials: 1 });
    expect(first.end.reason).toBe('interrupted');
    expect(types(first.events).at(-1)).toBe('retried');

    const before = await store.load();
    const second = await play({ runner: scripted([segfault]), store: new MemoryStore(before), before, trials: 1 });
    expect(types(second.events).filter((type) => type === 'retried')).toHaveLength(1);
    expect(second.study.history.trials[0]?.state).toBe('failed');
  });

  it('waits for its second try while the study is paused', async () => {
    const control = new StudyControl();
    const given: Assignment[] = [];
    const runner = scripted([segfault, finished], given);
    const run: TrialRunner['run'] = async (...order) => {
      await runner.run(...order);
      if (given.length === 1) {
        control.pause();
        setTimeout(() => {
          expect(given).toHaveLength(1);
          control.resume();
        }, 20);
      }
    };
    const { study } = await play({ runner: { ...runner, run }, control, trials: 1 });
    expect(given).toHaveLength(2);
    expect(study.history.trials[0]?.state).toBe('completed');
  });

  it('has its second try alone, after the trials that it was trained with', async () => {
    const given: Assignment[] = [];
    const runner = { ...scripted([segfault, finished, finished], given), batches: true };
    const batches = { fits: () => true, early: true, most: () => 2 };
    const { events } = await play({ runner, trials: 2, batches });
    expect(given.map(({ trial }) => trial)).toEqual([0, 1, 0]);
    expect(types(events).slice(-4)).toEqual(['told', 'retried', 'reported', 'told']);
  });

  it('is not tried again where the parameters are to blame', async () => {
    const outOfMemory: Outcome = { status: 'failed', kind: 'out-of-memory', message: 'heap' };
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
