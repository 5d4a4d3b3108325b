// Training time of slots with one trial at a time, and with batched trials.
import { expect, it } from 'vitest';
import { timeByMachine, trainingTime } from '../../src/study/training-time.js';
import type { Trial } from '../../src/study/trial.js';

/** From a second to another, with that much of it in epochs. */
function trial(number: number, slot: number, from: number, until: number | undefined, seconds: number): Trial {
  return {
    number,
    slot,
    parameters: {},
    source: 'search',
    state: until === undefined ? 'running' : 'completed',
    reports: [1, 2].map((epoch) => ({ epoch, metrics: {}, seconds: seconds / 2 })),
    askedAt: 1000 * from,
    startedAt: 1000 * from,
    ...(until === undefined ? {} : { endedAt: 1000 * until }),
  } as unknown as Trial;
}

it('adds up epochs of trials that follow each other, in every slot', () => {
  expect(trainingTime([trial(0, 0, 0, 10, 8), trial(1, 0, 10, 20, 9), trial(2, 1, 0, 20, 20)])).toBe(37);
});

it('counts the time of batched trials once', () => {
  expect(trainingTime([trial(0, 0, 0, 10, 10), trial(1, 0, 0, 10, 10), trial(2, 0, 0, 6, 6)])).toBe(10);
  expect(trainingTime([trial(0, 0, 0, undefined, 10), trial(1, 0, 0, undefined, 10)])).toBe(10);
});

it('tells what was trained on which kind of machine, where there are several', () => {
  const [here, there] = ['a Xeon', 'an EPYC'].map((processor) => ({
    processor,
    engine: 'onnx',
    versions: 'hpo 0.1.0',
  }));
  const moved = { ...trial(1, 1, 0, 20, 20), machine: there } as Trial;
  const trials = [trial(0, 0, 0, 10, 8), moved, trial(2, 0, 10, 20, 9)];
  expect(timeByMachine(trials, here)).toEqual([
    { machine: 'an EPYC, engine onnx, hpo 0.1.0', trials: 1, seconds: 20 },
    { machine: 'a Xeon, engine onnx, hpo 0.1.0', trials: 2, seconds: 17 },
  ]);
  expect(timeByMachine(trials, undefined)[1]?.machine).toBe('where the study began');
  expect(timeByMachine(trials, there)).toHaveLength(0);
  expect(timeByMachine([], here)).toEqual([]);
});

it('leaves out the time for which a trial was paused', () => {
  expect(trainingTime([trial(0, 0, 0, 1000, 10)])).toBe(10);
});

it('is 0 of nothing', () => expect(trainingTime([])).toBe(0));
