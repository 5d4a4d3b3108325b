// How many trials a study comes to.
import { expect, it } from 'vitest';
import { plannedTrials } from '../../src/study/planned-trials.js';
import { parseStudy } from '../../src/study/schema/parse-study.js';

const planned = (space: object, search: object): number =>
  plannedTrials(parseStudy(JSON.stringify({ trainer: { module: 'x' }, space, search }), 'study.json', 'x'));
const kind = { type: 'choice', values: ['a', 'b', 'c'] };
const x = { type: 'float', min: 0, max: 1 };

it('is the total where the space is larger', () => {
  expect(planned({ x, kind }, { strategy: 'random', trials: 50 })).toBe(50);
});

it('is the size of the space where that is smaller', () => {
  expect(planned({ kind }, { strategy: 'sobol', trials: 50 })).toBe(3);
});

it('is the size of the grid, floats at their levels', () => {
  expect(planned({ x, kind }, { strategy: 'grid', trials: 50, levels: 4 })).toBe(12);
});

it('counts what is enqueued off the grid, and not twice what is on it', () => {
  const enqueue = [
    { x: 0.123, kind: 'a' },
    { x: 1, kind: 'b' },
  ];
  expect(planned({ x, kind }, { strategy: 'grid', trials: 50, levels: 2, enqueue })).toBe(7);
});

it('does not list a grid beyond the total', () => {
  const space = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`x${i}`, x]));
  expect(planned(space, { strategy: 'grid', trials: 10, levels: 100 })).toBe(10);
});
