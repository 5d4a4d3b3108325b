// A study with `search.choose`, a trial at a time: who is wrong on which images decides what can be told apart.
import type { StudyRecord, TrialEvent } from '../../../src/study/events.js';
import { fakeDefinition } from './fake-study.js';

const base = fakeDefinition({ trials: 2 });

export const CHOSEN_STUDY: StudyRecord = {
  name: 'chosen',
  definition: {
    ...base,
    objective: { ...base.objective, metric: 'accuracy' },
    search: { ...base.search, choose: 'simpler' },
  },
  images: { digest: 'd', classes: ['ant', 'bee'], counts: { train: [9, 9], validation: [100, 100], test: [] } },
};

/** A trial that is wrong on `wrong` of 200 images, from one on, and has not ended. */
export function wrongTrial(trial: number, unfreezeDepth: number, wrong: number, from: number): TrialEvent[] {
  const predictions = Array.from({ length: 200 }, (_, i) => {
    const label = i < 100 ? 0 : 1;
    return i >= from && i < from + wrong ? 1 - label : label;
  });
  const report = {
    epoch: 1,
    metrics: { accuracy: 1 - wrong / 200 },
    detail: {
      confusion: [
        [100, 0],
        [wrong, 100 - wrong],
      ],
      predictions,
    },
  };
  return [
    { type: 'asked', trial, parameters: { unfreezeDepth }, source: 'sampler', at: 0 },
    { type: 'started', trial, slot: 0, at: 0 },
    { type: 'reported', trial, report, at: 0 },
  ];
}

/** Trial 1 trains no block and is gone with, instead of trial 0, which is better by 0.01. */
export function chosenEvents(): TrialEvent[] {
  const told = (trial: number): TrialEvent => ({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
  return [
    { type: 'created', version: 4, study: CHOSEN_STUDY, at: 0 },
    ...wrongTrial(0, 3, 20, 0),
    told(0),
    ...wrongTrial(1, 0, 22, 50),
    told(1),
  ];
}
