// When a study has nothing left to do.
import { expect, it } from 'vitest';
import { isOver } from '../../src/controller/is-over.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { TrialSource } from '../../src/study/trial.js';

function study(sources: readonly TrialSource[], told = sources.length): HistoryLedger {
  const history = new HistoryLedger({ metric: 'f1', direction: 'maximize' });
  sources.forEach((source, trial) => {
    history.apply({ type: 'asked', trial, parameters: { x: 1 }, source, at: 0 });
    history.apply({ type: 'started', trial, slot: 0, at: 0 });
    history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { f1: 0.5 } }, at: 0 });
    if (trial < told) history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
  });
  return history;
}

const searched = study(['sampler', 'sampler']);

it.each([
  ['all trials are told', searched, { trials: 2 }, false, true],
  ['some are missing', searched, { trials: 3 }, false, false],
  ['some are missing, and the space has no more', searched, { trials: 3 }, true, true],
  ['one is running', study(['sampler', 'sampler'], 1), { trials: 2 }, false, false],
  ['repeats are missing', searched, { trials: 2, confirm: { top: 1, repeats: 1 } }, false, false],
  ['the baseline is missing', searched, { trials: 2, baseline: true }, false, false],
  ['the baseline is there', study(['sampler', 'sampler', 'baseline']), { trials: 2, baseline: true }, false, true],
])('where %s', (_, history, plan, exhausted, expected) => {
  expect(isOver(history, plan, exhausted)).toBe(expected);
});
