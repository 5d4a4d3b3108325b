// The best configuration from random weights, after everything else.
import { describe, expect, it } from 'vitest';
import { baselineOf, transferPays } from '../../src/controller/baseline.js';
import { winnerOf } from '../../src/controller/confirmation.js';
import { modelDataOf } from '../../src/search/model-data.js';
import type { History } from '../../src/study/history.js';
import { SearchSpace } from '../../src/study/space.js';
import type { Train } from '../../src/study/train.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { decodeEvent, encodeEvent } from '../../src/store/journal-codec.js';
import type { TrialEvent } from '../../src/study/events.js';
import { type SceneOptions, created, play, objective } from './scene.js';

const xs = [0.2, 0.9, 0.5];
const sampler = {
  ask: ({ trials }: History) => {
    const x = xs[trials.length];
    return x === undefined ? undefined : { parameters: { x } };
  },
};

/** From scratch everything is worth 0.95. */
const train: Train = async function* ({ parameters, source }) {
  for (let epoch = 1; epoch <= 2; epoch++) {
    yield { epoch, metrics: { f1: source === 'baseline' ? 0.95 : Number(parameters['x']) } };
    await Promise.resolve();
  }
};

const options: SceneOptions = { sampler, train, trials: 3, baseline: true };

describe('the baseline', () => {
  it('is the best configuration, after the search', async () => {
    const { study, end } = await play(options);
    expect(study.history.trials[3]).toMatchObject({
      source: 'baseline',
      parameters: { x: 0.9 },
      state: 'completed',
      best: { value: 0.95 },
      note: 'trial 1 from random weights, everything unfrozen',
    });
    expect(end.reason).toBe('finished');
  });

  it('is the winner of the repeats, after them', async () => {
    const { study } = await play({ ...options, confirm: { top: 1, repeats: 1 } });
    expect(study.history.trials.slice(3).map(({ source }) => source)).toEqual(['confirmation', 'baseline']);
  });

  it('is never the best, nor a trial of the search', async () => {
    const { study } = await play(options);
    expect(study.history.best?.number).toBe(1);
    expect(winnerOf(study.history)?.trial.number).toBe(1);
    expect(baselineOf(study.history)?.number).toBe(3);
    expect(study.searched).toBe(3);
  });

  it('does not end a study as failing that had stopped after failures', async () => {
    const failing: Train = async function* (assignment, context) {
      if (assignment.trial > 0 && assignment.source !== 'baseline') throw new Error('broke');
      yield* train(assignment, context);
    };
    const store = new MemoryStore([created]);
    const first = await play({ ...options, train: failing, store, maxFailuresInARow: 2 });
    expect(first.end.reason).toBe('failing');
    expect(first.end.message).toContain('trial 2 crashed');
    const before = await store.load();
    const { end } = await play({
      ...options,
      train: failing,
      before,
      store: new MemoryStore(before),
      maxFailuresInARow: 2,
    });
    expect(end.reason).toBe('finished');
  });

  it('teaches the sampler nothing', async () => {
    const { study } = await play(options);
    const space = new SearchSpace({ x: { type: 'float', min: 0, max: 1, scale: 'linear' } });
    expect(modelDataOf(space, study.history).observations).toHaveLength(3);
  });

  it('is not pruned, and its model is not kept', async () => {
    const pruner = { decide: () => ({ action: 'prune', reason: 'always' }) as const };
    const { study, folders } = await play({ ...options, pruner });
    expect(study.history.trials[3]?.state).toBe('completed');
    expect(folders.present()).not.toContain(3);
  });

  it('is not repeated when the study is run again', async () => {
    const events: TrialEvent[] = [created];
    await play({ ...options, onEvent: (event) => void events.push(event) });
    const again = await play({ ...options, before: events });
    expect(again.study.history.trials).toHaveLength(4);
  });

  it('goes on where it was cut off', async () => {
    const events: TrialEvent[] = [created];
    const whole = await play({ ...options, onEvent: (event) => void events.push(event) });
    for (let kept = events.length - 4; kept < events.length; kept++) {
      const again = await play({ ...options, before: events.slice(0, kept) });
      expect(again.events).toEqual(whole.events);
    }
  });

  it('that fails says so once, and ends the study all the same', async () => {
    const failing: Train = async function* (assignment, context) {
      if (assignment.source === 'baseline') throw new Error('too large');
      yield* train(assignment, context);
    };
    const { study, end } = await play({ ...options, train: failing, maxFailuresInARow: 1 });
    expect(study.history.trials[3]?.state).toBe('failed');
    expect(study.history.trials).toHaveLength(4);
    expect(end.reason).toBe('finished');
  });

  it('is made only where it is asked for, and there is something to compare it to', async () => {
    expect((await play({ ...options, baseline: false })).study.history.trials).toHaveLength(3);
    const crash: Train = () => {
      throw new Error('crash');
    };
    expect((await play({ ...options, train: crash, maxFailuresInARow: 99 })).study.history.trials).toHaveLength(3);
  });
});

it.each([
  [{ value: 0.9, low: 0.85 }, 0.84, true],
  [{ value: 0.9, low: 0.85 }, 0.85, false],
  [{ value: 0.9, low: 0.85 }, 0.95, false],
  [{ value: 0.9 }, 0.89, true],
  [{ value: 0.9 }, 0.9, false],
])('transfer of %o against %d pays: %s', (best, baseline, pays) => {
  expect(transferPays(objective, best, baseline)).toBe(pays);
});

it('transfer pays where less is better and the baseline is above the interval', () => {
  const loss = { metric: 'logLoss', direction: 'minimize' } as const;
  expect(transferPays(loss, { value: 0.3, low: 0.2, high: 0.4 }, 0.5)).toBe(true);
  expect(transferPays(loss, { value: 0.3, low: 0.2, high: 0.4 }, 0.35)).toBe(false);
});

it('the journal knows baselines', () => {
  const event: TrialEvent = { type: 'asked', trial: 3, parameters: { x: 1 }, source: 'baseline', at: 0 };
  expect(decodeEvent(encodeEvent(event, 2).subarray(0, -1), 2, 'journal', true).event).toEqual(event);
});
