// Slots with batched trials: which of them the lane shows, and what time each is charged.
import { describe, expect, it } from 'vitest';
import { lanesOf } from '../../../src/dashboard/model/lanes.js';
import { StudyModel } from '../../../src/dashboard/model/study-model.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { fakeEvents } from '../support/fake-study.js';

const created = fakeEvents({ trials: 1 })[0] as TrialEvent;
const asked = fakeEvents({ trials: 1 }).find(({ type }) => type === 'asked') as Extract<TrialEvent, { type: 'asked' }>;

const begin = (trial: number, slot: number): TrialEvent[] => [
  { ...asked, trial, at: 0 },
  { type: 'started', trial, slot, at: 0 },
];
const report = (trial: number, epoch: number): TrialEvent => ({
  type: 'reported',
  trial,
  report: { epoch, metrics: { macroF1: 0.5 }, seconds: 6 },
  at: 6000 * epoch,
});
const end = (trial: number): TrialEvent => ({ type: 'told', trial, outcome: { status: 'completed' }, at: 12000 });

const bundle = [created, ...begin(0, 0), ...begin(1, 0), ...begin(2, 0), ...begin(3, 1)];
const status = {
  slots: [
    { slot: 0, trial: 2, beside: [0, 1] },
    { slot: 1, trial: 3 },
  ],
};

describe('lanesOf', () => {
  it('shows the trial that is furthest, and the others beside it', () => {
    const model = new StudyModel([...bundle, report(1, 1)]);
    expect(lanesOf(model, status)).toEqual([
      { slot: 0, trial: 1, beside: [0, 2] },
      { slot: 1, trial: 3 },
    ]);
  });

  it('forgets those that have ended, and keeps the last one until the slot is freed', () => {
    const ends = [report(1, 1), end(1), report(0, 1)];
    expect(lanesOf(new StudyModel([...bundle, ...ends]), status)[0]).toEqual({ slot: 0, trial: 0, beside: [2] });
    const all = [...bundle, ...ends, end(0), end(2)];
    expect(lanesOf(new StudyModel(all), status)[0]).toEqual({ slot: 0, trial: 2 });
  });

  it('loses no trial where it is seen from outside', () => {
    const lanes = lanesOf(new StudyModel(bundle), {});
    const trials = lanes.flatMap(({ trial, beside = [] }) => [trial, ...beside]);
    expect(new Set(trials)).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe('sharersOf', () => {
  it('counts the running trials of a slot', () => {
    const model = new StudyModel(bundle);
    for (const trial of [0, 1, 2]) model.apply(report(trial, 1));
    expect(model.sharersOf(model.history.trials[0] as never)).toBe(3);
    model.apply(end(0));
    expect(model.sharersOf(model.history.trials[1] as never)).toBe(2);
  });
});
