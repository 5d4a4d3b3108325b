// The best trial so far, ended or not.
import { definitionOf } from './definitions.js';
import { describe, expect, it } from 'vitest';
import { leaderOf } from '../../src/controller/confirmation.js';
import { trialSnapshot } from '../../src/store/snapshot.js';
import { replay } from '../../src/store/replay.js';
import { bestSoFar } from '../../src/study/best-so-far.js';
import { JOURNAL_VERSION, type TrialEvent } from '../../src/study/events.js';
import type { Outcome } from '../../src/study/trial.js';

const objective = { metric: 'f1', direction: 'maximize' } as const;

/** A study of trials with one report each, some of which have ended. */
function history(...trials: { value: number; outcome?: Outcome; paused?: boolean }[]) {
  const events = trials.flatMap(({ value, outcome, paused }, trial): TrialEvent[] => [
    { type: 'asked', trial, parameters: { x: trial }, source: 'sampler', at: 0 },
    { type: 'started', trial, slot: 0, at: 0 },
    { type: 'reported', trial, report: { epoch: 1, metrics: { f1: value } }, at: 0 },
    ...(outcome === undefined ? [] : [{ type: 'told', trial, outcome, at: 0 } as const]),
    ...(paused === true ? [{ type: 'paused', trial, epoch: 1, reason: 'rung', at: 0 } as const] : []),
  ]);
  const study = { name: 'toy', definition: definitionOf() };
  return replay([{ type: 'created', version: JOURNAL_VERSION, study, at: 0 }, ...events], objective);
}

const completed = { status: 'completed' } as const;
const failed = { status: 'failed', kind: 'crashed', message: 'broken' } as const;

describe('the best so far', () => {
  it('may be running', () => {
    const seen = history({ value: 0.7259, outcome: completed }, { value: 0.8025 });
    expect(bestSoFar(seen)?.number).toBe(1);
    expect(leaderOf(seen)).toMatchObject({ trial: { number: 1, state: 'running' }, values: [0.8025] });
  });

  it('may be paused, also where no trial has ended', () => {
    const seen = history({ value: 0.6, paused: true }, { value: 0.5, paused: true });
    expect(leaderOf(seen)).toMatchObject({ trial: { number: 0, state: 'paused' } });
  });

  it('is the one that has ended where a running one is only as good', () => {
    expect(leaderOf(history({ value: 0.7 }, { value: 0.7, outcome: completed }))?.trial.number).toBe(1);
  });

  it('is never one that failed', () => {
    expect(leaderOf(history({ value: 0.9, outcome: failed }))).toBeUndefined();
  });

  it('is a trial as every other in JSON, and its state says whether it has ended', () => {
    const { trial } = leaderOf(history({ value: 0.6, paused: true })) ?? {};
    expect(trial && trialSnapshot(trial)).toMatchObject({ number: 0, state: 'paused', value: 0.6, bestEpoch: 1 });
  });
});
