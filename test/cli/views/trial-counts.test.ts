// Counts of trials in words: what belongs to the search adds up to its total, what came after it stands apart.
import { expect, it } from 'vitest';
import { trialCounts } from '../../../src/cli/views/trial-counts.js';
import { HistoryLedger } from '../../../src/study/history.js';
import type { TrialSource } from '../../../src/study/trial.js';

function study(sources: readonly TrialSource[], finished: number): HistoryLedger {
  const history = new HistoryLedger({ metric: 'score', direction: 'maximize' });
  sources.forEach((source, trial) => {
    history.apply({ type: 'asked', trial, parameters: { x: trial }, source, at: 1 });
    history.apply({ type: 'started', trial, slot: 0, at: 2 });
    if (trial >= finished) return;
    history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { score: trial } }, at: 3 });
    history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 4 });
  });
  return history;
}

it('counts repeats and baselines apart from the trials of the search', () => {
  const history = study(['sampler', 'enqueued', 'confirmation', 'confirmation', 'baseline'], 5);
  expect(trialCounts(history, false)).toBe('2 completed; 2 repeats, 1 baseline');
});

it('calls running trials interrupted where nothing runs any more', () => {
  const history = study(['sampler', 'sampler', 'sampler'], 1);
  expect(trialCounts(history, false)).toBe('1 completed, 2 interrupted');
  expect(trialCounts(history, true)).toBe('1 completed, 2 running');
});

it('says nothing of a study without trials', () => {
  expect(trialCounts(study([], 0), true)).toBe('');
});
