// Whose folders stay: those of trials that go on, and the best one's.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { History } from '../../src/study/history.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { Train } from '../../src/study/train.js';
import { created, newFolders, play } from './scene.js';

const xs = [0.5, 0.2, 0.9, 0.9, 0.1];
const sampler = {
  ask: ({ trials }: History) => ({ parameters: { x: xs[trials.length] as number, n: trials.length } }),
};
const saving: Train = async function* ({ parameters, directory }) {
  writeFileSync(join(directory, 'model'), String(parameters['x']));
  yield { epoch: 1, metrics: { f1: Number(parameters['x']) } };
};

describe('among finished trials', () => {
  it('the best one keeps its folder, and of equal ones the earlier', async () => {
    const present: number[][] = [];
    const folders = newFolders();
    const { study } = await play({
      sampler,
      train: saving,
      trials: 5,
      folders,
      onEvent: ({ type }) => void (type === 'told' && present.push(folders.present())),
    });
    expect(study.history.best?.number).toBe(2);
    expect(folders.present()).toEqual([2]);
    expect(present.every((numbers) => numbers.length > 0)).toBe(true);
  });

  it('one that is best no more loses its folder, also where an equal one is kept for its lower number', async () => {
    // Trial 1 ends before trial 0, which is equal; trial 2 is better.
    let release = (): void => {};
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    const train: Train = async function* (assignment, context) {
      if (assignment.trial === 0) await isReleased;
      yield* saving(assignment, context);
    };
    const equal = [0.5, 0.5, 0.9];
    const own = { ask: ({ trials: { length } }: History) => ({ parameters: { x: equal[length] ?? 0, n: length } }) };
    const onEvent = ({ type }: TrialEvent): void => void (type === 'told' && release());
    const { study, folders } = await play({ sampler: own, train, slots: 2, trials: 3, onEvent });
    expect(study.history.best?.number).toBe(2);
    expect(folders.present()).toEqual([2]);
  });

  it('a failed one loses its folder, however good it was', async () => {
    const train: Train = async function* (assignment, context) {
      yield* saving(assignment, context);
      if (assignment.trial === 2) throw new Error('crash');
    };
    const { folders } = await play({ sampler, train, trials: 3 });
    expect(folders.present()).toEqual([0]);
  });
});

describe('when a study starts', () => {
  const told = (trial: number, f1: number): TrialEvent[] => [
    { type: 'asked', trial, parameters: { trial }, source: 'sampler', at: 0 },
    { type: 'started', trial, slot: 0, at: 0 },
    { type: 'reported', trial, report: { epoch: 1, metrics: { f1 } }, at: 0 },
    { type: 'told', trial, outcome: { status: 'completed' }, at: 0 },
  ];

  it('folders that a kill left behind are removed, and those of trials to be resumed stay', async () => {
    const folders = newFolders();
    for (const trial of [0, 1, 2, 7]) writeFileSync(join(folders.prepare(trial), 'checkpoint'), String(trial));
    const before: TrialEvent[] = [created, ...told(0, 0.5), ...told(1, 0.9), ...told(2, 0.1).slice(0, 3)];
    const seen: number[][] = [];
    const train: Train = async function* ({ directory }) {
      seen.push(folders.present().sort());
      writeFileSync(join(directory, 'checkpoint'), '', { flag: 'r+' }); // fails where it is gone
      yield { epoch: 1, metrics: { f1: 0.1 } };
    };
    const { study } = await play({ before, folders, train, trials: 3 });
    expect(seen).toEqual([[1, 2]]);
    expect(study.history.trials[2]?.state).toBe('completed');
    expect(folders.present()).toEqual([1]);
  });
});
