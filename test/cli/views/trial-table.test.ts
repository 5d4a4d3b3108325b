// Trials as rows: what they are called depends on whether anything runs.
import { expect, it } from 'vitest';
import { trialTable } from '../../../src/cli/views/trial-table.js';
import type { Trial } from '../../../src/study/trial.js';

const trialOf = (number: number, more: Partial<Trial>): Trial => ({
  ...{ number, parameters: { rate: 0.1 }, source: 'sampler', state: 'running', reports: [], askedAt: 0 },
  ...more,
});

const trials = [
  trialOf(0, {}),
  trialOf(1, { source: 'confirmation' }),
  trialOf(2, { state: 'asked' }),
  trialOf(3, { state: 'failed', outcome: { status: 'failed', kind: 'out-of-memory', message: '' } }),
];

const states = (isRunning: boolean): (string | undefined)[] =>
  trialTable(trials, ['rate'], 'f1', isRunning)
    .slice(1)
    .map((row) => row.trim().split(/ {2,}/)[1]);

it('a trial is running only while a process runs the study', () => {
  expect(states(true)).toEqual(['running', 'running repeat', 'waiting', 'out-of-memory']);
  expect(states(false)).toEqual(['interrupted', 'interrupted repeat', 'waiting', 'out-of-memory']);
});
