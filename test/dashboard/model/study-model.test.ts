// What the views read, after events.
import { describe, expect, it } from 'vitest';
import { StudyModel } from '../../../src/dashboard/model/study-model.js';
import { lanesOf } from '../../../src/dashboard/model/lanes.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { header } from '../../../src/dashboard/views/header.js';
import { chosenEvents, wrongTrial } from '../support/chosen-study.js';
import { fakeEvents, historyOf } from '../support/fake-study.js';

const events = fakeEvents({ trials: 60, total: 80, slots: 3 });

describe('StudyModel', () => {
  it('holds the same history as the events by themselves', () => {
    const model = new StudyModel(events);
    expect(model.history.trials).toEqual(historyOf(events).trials);
    expect(model.history.counts).toEqual(historyOf(events).counts);
  });

  it('ranks by value, best first, failed trials last', () => {
    const { ranking, history } = new StudyModel(events);
    const ranked = ranking.slice(0, ranking.size);
    const values = ranked.filter(({ state }) => state !== 'failed').map(({ best }) => best?.value ?? -1);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(ranked.slice(-history.counts.failed).every(({ state }) => state === 'failed')).toBe(true);
  });

  it('is the same whether events came at once or one by one', () => {
    const model = new StudyModel(events.slice(0, 100));
    for (const event of events.slice(100)) model.apply(event);
    const whole = new StudyModel(events);
    expect(model.table.slice(0, 100)).toEqual(whole.table.slice(0, 100));
    expect(model.decisions.latest(100)).toEqual(whole.decisions.latest(100));
    expect(model.values.all()).toEqual(whole.values.all());
  });

  it('compares with the best finished trial, and with the leader before there is one', () => {
    const firstTold = events.findIndex(({ type }) => type === 'told');
    const early = new StudyModel(events.slice(0, firstTold));
    expect(early.history.best).toBeUndefined();
    expect(early.reference?.best).toBeDefined();
    const late = new StudyModel(events);
    expect(late.reference).toBe(late.history.best);
  });

  it('compares with the trial that was chosen, and with an open one only where that is better than the best', () => {
    const model = new StudyModel(chosenEvents());
    expect(model.winner).toMatchObject({ trial: { number: 1 }, choice: { instead: { number: 0 } } });
    expect(model.reference?.number).toBe(1);
    const shown = (): string =>
      header({ model, status: {}, controls: undefined, now: 0 }, 200)
        .flat()
        .map(({ text }) => text)
        .join('');
    expect(shown()).toContain('0.8900 trial 1, epoch 1 · simpler than trial 0 (0.9000)');
    // Better than the chosen one, not than the best.
    for (const event of wrongTrial(2, 4, 21, 0)) model.apply(event);
    expect(model.reference?.number).toBe(1);
    for (const event of wrongTrial(3, 5, 19, 0)) model.apply(event);
    expect(model.reference?.number).toBe(3);
    expect(shown()).not.toContain('simpler than');
  });

  it('follows an amended total', () => {
    const model = new StudyModel(events);
    const { study } = events[0] as Extract<TrialEvent, { type: 'created' }>;
    const { definition } = study;
    const amended = { name: study.name, definition: { ...definition, search: { ...definition.search, trials: 200 } } };
    model.apply({ type: 'amended', study: amended, changes: ['search.trials: 80 → 200'], at: 1 });
    expect(model.facts.total).toBe(200);
    expect(model.history.trials).toHaveLength(60);
  });

  it('knows nothing of a study that has not begun', () => {
    expect(new StudyModel([]).facts).toMatchObject({ name: 'study', total: undefined, parameters: [] });
  });
});

describe('decisions', () => {
  const texts = (...more: TrialEvent[]): string[] => {
    const model = new StudyModel(fakeEvents({ trials: 0 }));
    for (const event of more) model.apply(event);
    return model.decisions.latest(20).map(({ text }) => text);
  };
  const begin = (trial: number): TrialEvent[] => [
    { type: 'asked', trial, parameters: { l2: trial + 1e-3 }, source: 'sampler', at: 0 },
    { type: 'started', trial, slot: 0, at: 0 },
    { type: 'reported', trial, report: { epoch: 1, metrics: { macroF1: 0.7 + trial / 100 } }, at: 0 },
  ];

  it('say why a trial was pruned, and at which epoch where the reason does not', () => {
    const reason = '0.71 against a median of 0.83 of 9 trials';
    const pruned = (why: string): TrialEvent => {
      return { type: 'told', trial: 0, outcome: { status: 'pruned', epoch: 3, reason: why }, at: 0 };
    };
    expect(texts(...begin(0), pruned(reason))[0]).toContain(`pruned at epoch 3: ${reason}`);
    expect(texts(...begin(0), pruned('0.71 at epoch 3'))[0]).toContain('(pruned: 0.71 at epoch 3)');
  });

  it('say what is the new best, and by how much', () => {
    const told = (trial: number): TrialEvent => ({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
    expect(texts(...begin(0), told(0), ...begin(1), told(1))[0]).toBe(
      'trial 1 is the best so far: macroF1 0.7100 at epoch 1, +0.010 against trial 0 (completed)',
    );
  });

  it('say the first line of a failure', () => {
    const outcome = { status: 'failed', kind: 'crashed', message: 'no such file\n  at x' } as const;
    expect(texts(...begin(0), { type: 'told', trial: 0, outcome, at: 0 })[0]).toBe(
      'trial 0 failed (crashed): no such file',
    );
  });
});

describe('lanesOf', () => {
  it('concludes from the journal which trial is in which slot', () => {
    const model = new StudyModel(events);
    const lanes = lanesOf(model, {});
    expect(lanes).toHaveLength(3);
    expect(lanes.map(({ trial }) => trial).sort()).toEqual([...model.running].sort());
  });

  it('finds a place for a trial that goes on while another has its first slot', () => {
    const model = new StudyModel(fakeEvents({ trials: 0 }));
    const ask = (trial: number, slot: number): TrialEvent[] => [
      { type: 'asked', trial, parameters: { l2: trial + 1e-3 }, source: 'sampler', at: 0 },
      { type: 'started', trial, slot, at: 0 },
    ];
    const more: TrialEvent[] = [
      ...ask(0, 1),
      { type: 'paused', trial: 0, epoch: 0, reason: 'rung', at: 0 },
      ...ask(1, 1),
      { type: 'promoted', trial: 0, reason: 'earned', at: 0 },
    ];
    for (const event of more) model.apply(event);
    expect(lanesOf(model, {})).toEqual([
      { slot: 0, trial: expect.any(Number) as number },
      { slot: 1, trial: expect.any(Number) as number },
    ]);
  });
});
