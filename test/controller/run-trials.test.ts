// The loop of a study: what it records, in which order, and how it ends.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StudyControl } from '../../src/controller/study-control.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import type { Pruner } from '../../src/search/pruner.js';
import type { TrialEvent } from '../../src/study/events.js';
import { HpoError } from '../../src/study/errors.js';
import type { Train } from '../../src/study/train.js';
import { created, newFolders, play, randomSampler, rising, withoutTimes } from './scene.js';

const fixed = (...values: number[]) => ({
  ask: ({ trials }: { trials: readonly unknown[] }) => {
    const x = values[trials.length];
    return x === undefined ? undefined : { parameters: { x } };
  },
});

describe('a study with one slot', () => {
  it('asks, starts, reports and tells one trial after another', async () => {
    const { events, end } = await play({ sampler: fixed(0.1, 0.2), trials: 2 });
    const told = (x: number, trial: number): unknown[] => [
      { type: 'asked', trial, parameters: { x }, source: 'sampler' },
      { type: 'started', trial, slot: 0 },
      ...[1, 2, 3].map((epoch) => ({ type: 'reported', trial, report: { epoch, metrics: { f1: x + epoch / 10 } } })),
      { type: 'told', trial, outcome: { status: 'completed' } },
    ];
    expect(events).toEqual([...withoutTimes([created]), ...told(0.1, 0), ...told(0.2, 1)]);
    expect(end).toEqual({ reason: 'finished', message: '2 trials done' });
  });

  it('ends where the sampler has nothing left', async () => {
    const { end, study } = await play({ sampler: fixed(0.1), trials: 9 });
    expect(end.reason).toBe('exhausted');
    expect(study.history.trials).toHaveLength(1);
  });

  it('takes what was enqueued first, skips what is known, and counts it', async () => {
    const enqueue = [{ x: 0.9 }, { x: 0.9 }, { x: 0.8 }];
    const { study } = await play({ enqueue, trials: 3 });
    expect(study.history.trials.map(({ parameters, source }) => [parameters['x'], source])).toEqual([
      [0.9, 'enqueued'],
      [0.8, 'enqueued'],
      [expect.any(Number), 'sampler'],
    ]);
  });

  it('asks again when a sampler proposes what is known, and gives up when it cannot do better', async () => {
    let calls = 0;
    const sampler = { ask: () => ({ parameters: { x: ++calls < 5 ? 0.1 : 0.2 } }) };
    const { end, study } = await play({ sampler, trials: 3 });
    expect(study.history.trials.map(({ parameters }) => parameters['x'])).toEqual([0.1, 0.2]);
    expect(end.reason).toBe('exhausted');
  });

  it('records a sampler’s warning with its trial, before it', async () => {
    const sampler = { ask: () => ({ parameters: { x: 1 }, note: 'start-up', warning: 'the fit failed' }) };
    const { events } = await play({ sampler, trials: 1 });
    expect(events.slice(1, 3)).toEqual([
      { type: 'warned', message: 'the fit failed', trial: 0 },
      { type: 'asked', trial: 0, parameters: { x: 1 }, source: 'sampler', note: 'start-up' },
    ]);
  });

  it('goes on to a higher total when run again', async () => {
    const first = await play({ trials: 2 });
    const before = [created, ...(first.events.slice(1) as TrialEvent[])];
    const extended = await play({ before, trials: 4 });
    expect(extended.events).toEqual((await play({ trials: 4 })).events);
  });
});

describe('a decision of the pruner', () => {
  const decisionAt2 = (action: 'prune' | 'complete'): Pruner => ({
    decide: ({ reports }) => ({ action: reports.length === 2 ? action : 'continue', reason: '0.3 against 0.5' }),
  });

  it('to prune ends the trial after that epoch and records the reason', async () => {
    const { study } = await play({ pruner: decisionAt2('prune'), trials: 1 });
    expect(study.history.trials[0]).toMatchObject({
      reports: { length: 2 },
      outcome: { status: 'pruned', epoch: 2, reason: '0.3 against 0.5' },
    });
  });

  it('to complete ends the trial as completed', async () => {
    const { study } = await play({ pruner: decisionAt2('complete'), trials: 1 });
    expect(study.history.trials[0]).toMatchObject({
      reports: { length: 2 },
      outcome: { status: 'completed', reason: '0.3 against 0.5' },
    });
  });

  it('to pause keeps the trial’s folder until it is promoted; paused trials that are left at the end are pruned', async () => {
    const folders = newFolders();
    const seen: number[][] = [];
    const train: Train = async function* (assignment, context) {
      writeFileSync(join(assignment.directory, `from-${assignment.reported}`), '');
      yield* rising(assignment, context);
    };
    const pruner: Pruner = {
      decide: ({ reports }) => ({ action: reports.length === 1 ? 'pause' : 'continue', reason: 'at the rung' }),
      promote: ({ trials }, remaining) => {
        seen.push([trials.length, remaining]);
        return trials.length === 2 && trials[0]?.state === 'paused' ? { trial: 0, reason: 'best of 2' } : undefined;
      },
      leftOver: (trial) => `trial ${trial.number} did not earn it`,
    };
    const { events, study } = await play({ train, pruner, trials: 3, folders, sampler: fixed(0.9, 0.1, 0.2) });
    expect(events.filter((event) => /paused|promoted/.test((event as TrialEvent).type))).toEqual([
      { type: 'paused', trial: 0, epoch: 1, reason: 'at the rung' },
      { type: 'paused', trial: 1, epoch: 1, reason: 'at the rung' },
      { type: 'promoted', trial: 0, reason: 'best of 2' },
      { type: 'paused', trial: 2, epoch: 1, reason: 'at the rung' },
    ]);
    expect(seen[0]).toEqual([1, 2]);
    expect(seen.at(-1)).toEqual([3, 0]);
    expect(study.history.trials.map(({ outcome }) => outcome)).toEqual([
      { status: 'completed' },
      { status: 'pruned', epoch: 1, reason: 'trial 1 did not earn it' },
      { status: 'pruned', epoch: 1, reason: 'trial 2 did not earn it' },
    ]);
    expect(study.history.best?.number).toBe(0);
    expect(['from-0', 'from-1'].map((name) => existsSync(join(folders.of(0), name)))).toEqual([true, true]);
  });
});

describe('a trial fails', () => {
  const after = (events: Train): Train =>
    async function* (assignment, context) {
      if (assignment.trial === 0) yield* rising(assignment, context);
      else yield* events(assignment, context);
    };

  it('as diverged if its objective is not finite, and that report is not kept', async () => {
    const train = after(async function* () {
      yield { epoch: 1, metrics: { f1: 0.5 } };
      yield { epoch: 2, metrics: { f1: NaN } };
    });
    const { study } = await play({ train, trials: 2 });
    expect(study.history.trials[1]).toMatchObject({
      reports: { length: 1 },
      outcome: { status: 'failed', kind: 'diverged', message: 'f1 is NaN at epoch 2' },
    });
  });

  it.each<[string, Train, string]>([
    [
      'leaves the objective out',
      async function* () {
        yield { epoch: 1, metrics: { loss: 1, accuracy: 0.5 } };
      },
      "expected metric 'f1' in epoch 1, got loss, accuracy",
    ],
    [
      'skips an epoch',
      async function* () {
        yield { epoch: 2, metrics: { f1: 0.5 } };
      },
      'expected epoch 1 next, got epoch 2',
    ],
    ['reports nothing', async function* () {}, 'expected at least one report, got none'],
    [
      'yields no report',
      async function* () {
        yield 'done' as never;
      },
      "expected a report { epoch, metrics }, got 'done'",
    ],
  ])('alone if a trainer that used to keep its contract %s', async (_, train, message) => {
    const { study } = await play({ train: after(train), trials: 2 });
    expect(study.history.trials[1]?.outcome).toEqual({ status: 'failed', kind: 'crashed', message });
  });

  it('only after a first good report: before, a broken contract stops the study, and no trial is lost once it is mended', async () => {
    const store = new MemoryStore([created]);
    const train: Train = async function* () {
      yield { epoch: 1, metrics: { accuracy: 0.5 } };
    };
    await expect(play({ train, store })).rejects.toMatchObject({
      code: 'ERR_TRAINER_MODULE',
      message: "the trainer broke its contract in trial 0: expected metric 'f1' in epoch 1, got accuracy",
    });
    const mended = await play({ before: await store.load() });
    expect(mended.events).toEqual((await play()).events);
  });

  it('not if another metric is not finite: that is left out with a warning', async () => {
    const train: Train = async function* () {
      yield { epoch: 1, metrics: { f1: 0.5, loss: Infinity } };
    };
    const { study } = await play({ train, trials: 1 });
    expect(study.history.trials[0]?.reports[0]?.metrics).toEqual({ f1: 0.5 });
    expect(study.history.warnings).toEqual(['left out of trial 0, epoch 1: loss (Infinity)']);
  });
});

describe('failures in a row', () => {
  const failing: Train = async function* ({ trial }) {
    if (trial === 1) yield { epoch: 1, metrics: { f1: 1 } };
    else throw new Error(`no GPU for ${trial}`);
  };

  it('stop the study, whose message lists them', async () => {
    const { end, study } = await play({ train: failing, trials: 20 });
    expect(study.history.trials).toHaveLength(5);
    expect(end.reason).toBe('failing');
    expect(end.message).toBe(
      [
        'stopped: 3 trials failed in a row',
        '  trial 2 crashed: Error: no GPU for 2',
        '  trial 3 crashed: Error: no GPU for 3',
        '  trial 4 crashed: Error: no GPU for 4',
      ].join('\n'),
    );
  });

  it('stop a study that is run again after as many more', async () => {
    const first = await play({ train: failing, trials: 20 });
    const before = [created, ...(first.events.slice(1) as TrialEvent[])];
    const { end, study } = await play({ train: failing, trials: 20, before });
    expect(study.history.trials).toHaveLength(8);
    expect(end.reason).toBe('failing');
  });

  it('stop the study at the limit that it sets', async () => {
    const { study } = await play({ train: failing, trials: 20, maxFailuresInARow: 1 });
    expect(study.history.trials).toHaveLength(1);
  });
});

describe('an error', () => {
  it('in the sampler stops the study and names the trial', async () => {
    const sampler = {
      ask: () => {
        throw new RangeError('not positive definite');
      },
    };
    await expect(play({ sampler })).rejects.toMatchObject({
      code: 'ERR_SEARCH',
      message: 'the sampler failed to propose trial 0: not positive definite',
      cause: expect.any(RangeError) as unknown,
    });
  });

  it('in the pruner stops the study, names trial and epoch, and keeps the report', async () => {
    const store = new MemoryStore([created]);
    const pruner = {
      decide: () => {
        throw new Error('no labels');
      },
    };
    await expect(play({ pruner, store })).rejects.toThrow(
      'the pruner failed to decide on trial 0 at epoch 1: no labels',
    );
    expect((await store.load()).at(-1)).toMatchObject({ type: 'reported', trial: 0 });
  });
});

describe('a store that fails', () => {
  it('stops the study with its error and aborts what runs', async () => {
    const full = new HpoError('ERR_STORE', 'the disk is full');
    class FullStore extends MemoryStore {
      override append(event: TrialEvent): void {
        if (event.type === 'reported' && event.report.epoch === 2) throw full;
        super.append(event);
      }
    }
    let aborted = 0;
    const train: Train = async function* (assignment, context) {
      context.signal.addEventListener('abort', () => aborted++);
      yield* rising(assignment, context);
    };
    await expect(play({ store: new FullStore([created]), train, slots: 2 })).rejects.toBe(full);
    expect(aborted).toBeGreaterThan(0);
  });
});

describe('a disk that is full for the trainer', () => {
  it('stops the study; no trial is spent', async () => {
    const store = new MemoryStore([created]);
    let full = true;
    const train: Train = async function* (assignment, context) {
      if (full && assignment.trial === 1) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
      yield* rising(assignment, context);
    };
    await expect(play({ store, train })).rejects.toMatchObject({
      code: 'ERR_STORE',
      message: 'trial 1 is left unfinished: the disk is full: no room',
    });
    full = false;
    const again = await play({ before: await store.load(), train });
    expect(again.events).toEqual((await play({ train })).events);
  });
});

describe('several slots', () => {
  it('train as many trials at once, and each trial in one slot', async () => {
    const inSlot = new Map<number, number>();
    let most = 0;
    const train: Train = async function* (assignment, context) {
      expect(inSlot.has(context.slot)).toBe(false);
      inSlot.set(context.slot, assignment.trial);
      most = Math.max(most, inSlot.size);
      await new Promise(setImmediate);
      yield* rising(assignment, context);
      inSlot.delete(context.slot);
    };
    const { study } = await play({ train, slots: 4, trials: 30 });
    expect(most).toBe(4);
    expect(study.history.counts.completed).toBe(30);
    expect(new Set(study.history.trials.map(({ parameters }) => parameters['x'])).size).toBe(30);
  });

  it('let the sampler know what is running', async () => {
    const running: number[] = [];
    const sampler = {
      ask: (history: Parameters<typeof randomSampler.ask>[0], random: Parameters<typeof randomSampler.ask>[1]) => {
        running.push(history.counts.running);
        return randomSampler.ask(history, random);
      },
    };
    await play({ sampler, slots: 3, trials: 3 });
    expect(running).toEqual([0, 1, 2]);
  });
});

describe('a person', () => {
  const during = (train: Train, trial: number, epoch: number, act: () => void): Train =>
    async function* (assignment, context) {
      for await (const report of train(assignment, context)) {
        if (assignment.trial === trial && report.epoch === epoch) act();
        yield report;
      }
    };

  it('interrupts once: running trials stop at their next report, and nothing is lost', async () => {
    const control = new StudyControl();
    const interrupted = await play({ control, train: during(rising, 1, 2, () => control.interrupt()) });
    expect(interrupted.end.reason).toBe('interrupted');
    expect(interrupted.study.history.trials[1]).toMatchObject({ state: 'running', reports: { length: 2 } });
    const before = [created, ...(interrupted.events.slice(1) as TrialEvent[])];
    expect((await play({ before })).events).toEqual((await play()).events);
  });

  it('interrupts twice: running trials end at once', async () => {
    const control = new StudyControl();
    const train: Train = async function* () {
      yield { epoch: 1, metrics: { f1: 0.5 } };
      control.interrupt();
      control.interrupt();
      await new Promise(() => {});
    };
    const { end, study } = await play({ control, train });
    expect(end.reason).toBe('interrupted');
    expect(study.history.trials[0]).toMatchObject({ state: 'running', reports: { length: 1 } });
  });

  it('finishes the study: running trials come to their end and no other starts', async () => {
    const control = new StudyControl();
    const { end, study } = await play({ control, train: during(rising, 0, 1, () => control.finish()) });
    expect(end).toEqual({
      reason: 'interrupted',
      message: 'finished the running trials; everything is kept, run it again to continue',
    });
    expect(study.history.trials.map(({ state }) => state)).toEqual(['completed']);
  });

  it('finishes the study during the last report of the last trial: the study counts as finished', async () => {
    const control = new StudyControl();
    const { end } = await play({ control, train: during(rising, 2, 3, () => control.finish()) });
    expect(end.reason).toBe('finished');
  });

  it('prunes a trial, which ends at its next report', async () => {
    const control = new StudyControl();
    const { study } = await play({ control, train: during(rising, 1, 2, () => control.prune(1)) });
    expect(study.history.trials[1]?.outcome).toEqual({ status: 'pruned', epoch: 2, reason: 'ended by hand' });
    expect(study.history.counts.completed).toBe(2);
  });

  it('prunes a trial, which ends at once if its trainer listens to the signal', async () => {
    const control = new StudyControl();
    const train: Train = async function* ({ trial }, { signal }) {
      yield { epoch: 1, metrics: { f1: 0.5 } };
      if (trial === 1) {
        setImmediate(() => control.prune(1));
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw signal.reason;
      }
    };
    const { study, end } = await play({ control, train });
    expect(study.history.trials[1]?.outcome).toEqual({ status: 'pruned', epoch: 1, reason: 'ended by hand' });
    expect([study.history.counts.completed, end.reason]).toEqual([2, 'finished']);
  });

  it('prunes a trial that waits in a paused study, and it ends there', async () => {
    const control = new StudyControl();
    const train = during(rising, 0, 2, () => {
      control.pause();
      setImmediate(() => control.prune(0));
    });
    const { study } = await play({
      control,
      train,
      trials: 1,
      onEvent: ({ type }) => void (type === 'told' && control.resume()),
    });
    expect(study.history.trials[0]?.outcome).toEqual({ status: 'pruned', epoch: 2, reason: 'ended by hand' });
  });

  it('pauses the study: trials wait where they reported until it is resumed', async () => {
    const control = new StudyControl();
    const seen: string[] = [];
    const train = during(rising, 0, 2, () => {
      control.pause();
      setImmediate(() => {
        seen.push('resumed');
        control.resume();
      });
    });
    const { end } = await play({
      control,
      train,
      onEvent: (event) => seen.push(event.type === 'reported' ? `epoch ${event.report.epoch}` : event.type),
      trials: 1,
    });
    expect(seen).toEqual(['asked', 'started', 'epoch 1', 'epoch 2', 'resumed', 'epoch 3', 'told']);
    expect(end.reason).toBe('finished');
  });

  it('interrupts a paused study, which ends at once', async () => {
    const control = new StudyControl();
    const train = during(rising, 0, 2, () => {
      control.pause();
      setImmediate(() => control.interrupt());
    });
    const { end } = await play({ control, train });
    expect(end.reason).toBe('interrupted');
  });
});

describe('a listener that throws', () => {
  it('is not called again, and the study goes on', async () => {
    let calls = 0;
    const broken = (): void => {
      calls++;
      throw new Error('cannot draw');
    };
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', listen);
    const { end } = await play({ onEvent: broken, onActivity: broken });
    await new Promise(setImmediate);
    process.off('warning', listen);
    expect(end.reason).toBe('finished');
    expect(calls).toBe(2);
    expect(warnings).toContain('a listener of the study failed and is not called again: cannot draw');
  });
});
