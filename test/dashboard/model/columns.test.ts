// The cells of the table of trials.
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/dashboard/model/columns.js';
import { StudyModel } from '../../../src/dashboard/model/study-model.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { fakeEvents } from '../support/fake-study.js';

describe('the time of a trial', () => {
  const time = (seconds: number | undefined): string | undefined => {
    const report = { epoch: 1, metrics: { macroF1: 0.5 }, ...(seconds === undefined ? {} : { seconds }) };
    const events: TrialEvent[] = [
      ...fakeEvents({ trials: 0, total: 1 }),
      { type: 'asked', trial: 0, parameters: {}, source: 'sampler', at: 0 },
      { type: 'started', trial: 0, slot: 0, at: 0 },
      { type: 'reported', trial: 0, report, at: 5000 },
    ];
    const model = new StudyModel(events);
    const [trial] = model.history.trials;
    const column = columnsOf(model.facts).find(({ id }) => id === 'time');
    return trial === undefined ? undefined : column?.text(trial);
  };

  it('is that of its reports', () => expect(time(2.5)).toBe('2.5s'));
  it('is no zero where the trainer does not say', () => expect(time(undefined)).toBe('·'));
});
