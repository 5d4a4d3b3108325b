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
  (trialTable(trials, { parameterNames: ['rate'], metric: 'f1', isRunning, width: Infinity }).blocks[0] ?? [])
    .slice(1)
    .map((row) => row.trim().split(/ {2,}/)[1]);

it('a trial is running only while a process runs the study', () => {
  expect(states(true)).toEqual(['running', 'running repeat', 'waiting', 'out-of-memory']);
  expect(states(false)).toEqual(['interrupted', 'interrupted repeat', 'waiting', 'out-of-memory']);
});

const WIDE = {
  learningRate: 2.969e-4,
  batchSize: 16,
  unfreezeDepth: 3,
  dropout: 0.4316,
  l2: 4.97e-4,
  augmentation: 'standard',
};
const many = [0, 1].map((number) => trialOf(number, { parameters: WIDE }));
const table = (width: number, parameterNames = Object.keys(WIDE)) =>
  trialTable(many, { parameterNames, metric: 'macroF1', isRunning: true, width });

it('a table that is too wide shortens the names of parameters, and says which', () => {
  const { blocks, names } = table(80);
  expect(blocks).toHaveLength(1);
  for (const line of blocks[0] ?? []) expect(line.length).toBeLessThanOrEqual(80);
  expect(blocks[0]?.[0]).toMatch(/ lr +bs +ud /);
  expect(names).toBe('lr learningRate, bs batchSize, ud unfreezeDepth, drop dropout, augm augmentation');
  expect(table(200)).toEqual({ blocks: [expect.arrayContaining([expect.stringContaining('learningRate')])] });
});

it('a table that is still too wide goes on below, with every column', () => {
  const { blocks, names } = table(50);
  expect(names).toBeUndefined();
  expect(blocks.length).toBeGreaterThan(1);
  const titles = blocks.flatMap(([header = '']) => header.trim().split(/ +/));
  expect(titles.filter((title) => title === 'trial')).toHaveLength(blocks.length);
  expect([...new Set(titles)]).toEqual(['trial', 'state', 'macroF1', 'at', 'epochs', ...Object.keys(WIDE)]);
  for (const line of blocks.flat()) expect(line.length).toBeLessThanOrEqual(50);
});
