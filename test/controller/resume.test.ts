// A study that is cut off anywhere and run again records what an undisturbed one would have.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchRule } from '../../src/controller/run-trials.js';
import type { Pruner } from '../../src/search/pruner.js';
import type { Sampler } from '../../src/search/sampler.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { isBetter } from '../../src/study/objective.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { Train } from '../../src/study/train.js';
import { type SceneOptions, created, objective, play, rising, withoutTimes } from './scene.js';

/** Suggests from all that is known, running trials included, and warns now and then. */
const knowing: Sampler = {
  ask(history, random) {
    const known = history.trials.length + (history.best?.best?.value ?? 0) + history.counts.running;
    const warning = history.trials.length % 4 === 2 ? 'the fit failed' : undefined;
    return {
      parameters: { x: random.next() * known },
      note: `after ${history.trials.length}`,
      ...(warning === undefined ? {} : { warning }),
    };
  },
};

/** Promotes the better half of what waits at epoch 1; prunes and completes at epoch 2. */
const everything: Pruner = {
  decide({ reports, parameters }) {
    const x = Number(parameters['x']);
    if (reports.length === 1) return { action: 'pause', reason: 'at the rung' };
    if (reports.length === 2 && x % 0.3 < 0.1) return { action: 'prune', reason: 'too low' };
    if (reports.length === 2 && x % 0.3 > 0.2) return { action: 'complete', reason: 'high enough' };
    return { action: 'continue', reason: 'in between' };
  },
  promote({ trials }, remaining) {
    const reached = trials.filter(({ reports }) => reports.length > 0);
    const promoted = reached.filter(({ state }) => state !== 'paused');
    const paused = trials.filter(({ state }) => state === 'paused');
    if (promoted.length * 2 >= reached.length && remaining > 0) return undefined;
    if (remaining === 0 && paused.length < 2) return undefined;
    const best = paused.reduce((a, b) => (isBetter(objective, b.best?.value ?? 0, a.best?.value ?? 0) ? b : a));
    return { trial: best.number, reason: `best of ${paused.length}` };
  },
};

/** Some trials diverge, some crash; whether it starts over or goes on is its own affair. */
const troubled = (startsOver: boolean): Train =>
  async function* (assignment, context) {
    for await (const report of rising({ ...assignment, reported: startsOver ? 0 : assignment.reported }, context)) {
      if (assignment.trial % 5 === 3 && report.epoch === 2) throw new Error('crashed');
      yield assignment.trial % 5 === 4 && report.epoch === 3 ? { epoch: 3, metrics: { f1: NaN } } : report;
    }
  };

const scenario: SceneOptions = {
  sampler: knowing,
  pruner: everything,
  trials: 12,
  enqueue: [{ x: 0.77 }],
  confirm: { top: 2, repeats: 2 },
};

/** Takes so many events and no more, as a process that is killed then. */
class DyingStore extends MemoryStore {
  constructor(
    before: readonly TrialEvent[],
    private left: number,
  ) {
    super(before);
  }

  override append(event: TrialEvent): void {
    if (this.left-- <= 0) throw new Error('killed');
    super.append(event);
  }
}

async function playUntilKilled(
  options: SceneOptions,
  before: readonly TrialEvent[],
  events: number,
): Promise<readonly TrialEvent[]> {
  const store = new DyingStore(before, events);
  await play({ ...options, before, store }).catch((error: unknown) => expect(String(error)).toContain('killed'));
  return store.load();
}

/** Up to four trials in a slot, as long as they differ by less than 2. */
const batches: BatchRule = {
  early: true,
  most: () => 4,
  fits: (lead, other) => Math.abs(Number(lead.parameters['x']) - Number(other.parameters['x'])) < 2,
};

describe.each<[string, SceneOptions]>([
  ['whose trainer goes on from where it was', { train: troubled(false) }],
  ['whose trainer starts over', { train: troubled(true) }],
  ['of batched trials whose trainer goes on from where it was', { train: troubled(false), batches }],
  ['of batched trials whose trainer starts over', { train: troubled(true), batches }],
])('a study %s', (_, more) => {
  const options = { ...scenario, ...more };

  it('records the same after a cut behind any event', async () => {
    const whole = await play(options);
    expect(new Set(whole.events.map((event) => (event as TrialEvent).type))).toEqual(
      new Set(['created', 'asked', 'started', 'reported', 'paused', 'promoted', 'told', 'warned']),
    );
    for (let cut = 1; cut <= whole.events.length; cut++) {
      const before = whole.events.slice(0, cut).map((event) => ({ ...(event as TrialEvent), at: 1 }));
      const resumed = await play({ ...options, before });
      expect(resumed.events).toEqual(whole.events);
      expect(resumed.end).toEqual(whole.end);
    }
  });

  it('records the same after any number of kills', async () => {
    const whole = await play(options);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(12), { maxLength: 12 }), async (lives) => {
        let events: readonly TrialEvent[] = [created];
        for (const life of lives) events = await playUntilKilled(options, events, life);
        const last = await play({ ...options, before: events });
        expect(last.events).toEqual(whole.events);
      }),
      { numRuns: 60 },
    );
  });
});

it('a report that came before the best trial ended is decided on without it, wherever the study is cut off', async () => {
  /** Drops a trial that is worse than the best one was at its epoch. */
  const againstBest: Pruner = {
    decide({ reports }, { best }) {
      const at = (trial: typeof best): number => trial?.reports[reports.length - 1]?.metrics['f1'] ?? -Infinity;
      const score = reports.at(-1)?.metrics['f1'] ?? -Infinity;
      return { action: score < at(best) ? 'prune' : 'continue', reason: `${score} against ${at(best)}` };
    },
  };
  const all: BatchRule = { early: true, most: () => 4, fits: () => true };
  const options: SceneOptions = { pruner: againstBest, trials: 12, batches: all };
  const whole = await play(options);
  expect(whole.study.history.counts.pruned).toBeGreaterThan(0);
  expect(whole.study.history.counts.completed).toBeGreaterThan(4);
  for (let cut = 1; cut <= whole.events.length; cut++) {
    const before = whole.events.slice(0, cut).map((event) => ({ ...(event as TrialEvent), at: 1 }));
    expect((await play({ ...options, before })).events).toEqual(whole.events);
  }
});

describe('a resumed trial', () => {
  const cutAfter = async (count: number, train?: Train): Promise<TrialEvent[]> => {
    const { events } = await play(train === undefined ? {} : { train });
    return [created, ...(events.slice(1, count) as TrialEvent[])];
  };

  it('returns to its slot and is shown as resumed', async () => {
    const begun = [0, 1].flatMap((trial): TrialEvent[] => [
      { type: 'asked', trial, parameters: { x: trial }, source: 'sampler', at: 0 },
      { type: 'started', trial, slot: 1 - trial, at: 0 },
    ]);
    const occupied: unknown[] = [];
    await play({
      slots: 2,
      before: [created, ...begun],
      onActivity: (activity) => {
        if (activity.type === 'occupied') occupied.push([activity.trial.number, activity.slot, activity.resumed]);
      },
    });
    expect(occupied.slice(0, 2)).toEqual([
      [0, 1, true],
      [1, 0, true],
    ]);
    expect(occupied[2]).toEqual([2, expect.any(Number), false]);
  });

  it('that repeats an epoch with other numbers causes one warning, and the first numbers stay', async () => {
    const before = await cutAfter(5); // created, asked, started, two reports
    const drifting: Train = async function* ({ parameters }) {
      for (let epoch = 1; epoch <= 3; epoch++) yield { epoch, metrics: { f1: Number(parameters['x']) - epoch } };
    };
    const { study } = await play({ before, train: drifting, trials: 1 });
    expect(study.history.warnings).toHaveLength(1);
    expect(study.history.warnings[0]).toMatch(
      /^trial 0 gave another result for epoch 1 when it was resumed: f1 was .*; the first result counts$/,
    );
    expect(study.history.trials[0]?.reports[0]).toEqual((before[3] as { report: unknown }).report);
  });

  it('may take longer or shorter for an epoch that it repeats', async () => {
    const timed = (seconds: number): Train =>
      async function* () {
        for (let epoch = 1; epoch <= 3; epoch++) yield { epoch, metrics: { f1: epoch }, seconds };
      };
    const before = await cutAfter(5, timed(1));
    const { study } = await play({ before, train: timed(2), trials: 1 });
    expect(study.history.warnings).toEqual([]);
    expect(withoutTimes(before)).toEqual((await play({ train: timed(1) })).events.slice(0, 5));
  });
});
