// From a decision and the way a trial ended to what its trainer is told and what is recorded.
import { expect, it } from 'vitest';
import { fateOf, verdictOf } from '../../src/controller/trial-fate.js';
import type { Decision } from '../../src/search/pruner.js';
import type { Failure, Outcome } from '../../src/study/trial.js';

const continues: Decision = { action: 'continue', reason: 'good' };
const pause: Decision = { action: 'pause', reason: 'at the rung' };
const prune: Decision = { action: 'prune', reason: 'too low' };
const complete: Decision = { action: 'complete', reason: 'no gain' };
const diverged: Failure = { status: 'failed', kind: 'diverged', message: 'f1 is NaN' };
const completed: Outcome = { status: 'completed' };

it.each([
  ['goes on', continues, 'continue'],
  ['pauses', pause, 'pause'],
  ['stops', prune, 'stop'],
  ['stops', complete, 'stop'],
  ['stops', diverged, 'stop'],
] as const)('a trainer %s after %o', (_, decision, verdict) => {
  expect(verdictOf(decision)).toBe(verdict);
});

it.each<[string, Decision | Failure, Outcome | undefined, unknown]>([
  ['ends as its trainer ended it', continues, completed, completed],
  ['fails as its trainer did', continues, diverged, diverged],
  ['is still to be trained if the study ended it', continues, undefined, undefined],
  ['is paused', pause, undefined, pause],
  ['is not paused if its trainer came to an end', pause, completed, completed],
  ['is pruned at its epoch', prune, undefined, { status: 'pruned', epoch: 4, reason: 'too low' }],
  ['stays pruned if its trainer broke then', prune, diverged, { status: 'pruned', epoch: 4, reason: 'too low' }],
  ['is completed early', complete, undefined, { status: 'completed', reason: 'no gain' }],
  ['fails by its report', diverged, undefined, diverged],
])('a trial %s', (_, decision, ended, fate) => {
  expect(fateOf(decision, 4, ended)).toEqual(fate);
});
