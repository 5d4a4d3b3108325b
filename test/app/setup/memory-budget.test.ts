// How much memory a study may hold, and what of it is for caches.
import { expect, it } from 'vitest';
import {
  atLeastFree,
  countsFilesAsUsed,
  divideMemory,
  memoryBudget,
  parameterMemory,
  stepMemory,
} from '../../../src/app/setup/memory-budget.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';

const users = { workers: 2, kind: 'thread', step: 200e6, images: 400 } as const;

it('takes what the study names, or half of what is free', () => {
  expect(memoryBudget('1.2 GB', 8e9)).toEqual({ bytes: 1.2e9, isChosen: true });
  expect(memoryBudget(900_000_000, 8e9)).toEqual({ bytes: 9e8, isChosen: true });
  for (const wanted of [undefined, 'auto'] as const) {
    expect(memoryBudget(wanted, 8e9)).toEqual({ bytes: 4e9, isChosen: false });
  }
});

it('gives caches what training leaves: features, and half as much again of decoded images', () => {
  const { budget, training, features } = divideMemory({ bytes: 2e9, isChosen: true }, users);
  expect(budget).toBe(2e9);
  expect(training + users.workers * features * 1.5).toBeCloseTo(2e9, -2);
  const inProcesses = divideMemory({ bytes: 2e9, isChosen: true }, { ...users, kind: 'process' });
  expect(inProcesses.features).toBeLessThan(features);
});

it('refuses an amount in which the study cannot train, and says how much it takes', () => {
  expect(() => divideMemory({ bytes: 5e8, isChosen: true }, users)).toThrow(
    /resources\.memory: expected at least \d+ ?MB for 2 workers whose largest step takes 200 MB, found 500 MB; fewer workers/,
  );
});

it('counts what is known of each image', () => {
  const of = (images: number) => divideMemory({ bytes: 2e9, isChosen: true }, { ...users, images });
  expect(of(100_000).training - of(0).training).toBe(100_000 * (200 + 2 * 700));
  expect(of(100_000).features).toBeLessThan(of(0).features);
});

it('does not refuse a machine with little free memory: it has a little cache all the same', () => {
  expect(divideMemory({ bytes: 1e8, isChosen: false }, users).features).toBeGreaterThan(1e7);
});

const backbones = [{ backbone: getBackbone('squeezenet1.1'), inputSize: 224 }];

function step(
  training: object,
  space: object = { dropout: { type: 'float', min: 0, max: 0.5 } },
  more: object = {},
): number {
  const file = { data: { folder: 'x' }, backbone: { name: 'squeezenet1.1' }, space, training, ...more };
  return stepMemory(parseStudy(JSON.stringify(file), 'study.json', 'x'), backbones);
}

it('estimates the step of a baseline with all blocks', () => {
  const deepest = step({ batchSize: 8, unfreezeDepth: getBackbone('squeezenet1.1').blocks.length - 1 });
  const baseline = step({ batchSize: 8, unfreezeDepth: 0 }, undefined, { baseline: true });
  expect(baseline).toBeGreaterThan(deepest);
  expect(step({ batchSize: 8, unfreezeDepth: 2 }, undefined, { baseline: true })).toBe(baseline);
});

it('counts parameters alone where another memory has the rest', () => {
  // 722,496 of them without the classifier, each six times, in four bytes.
  expect(parameterMemory(backbones)).toBe(6 * 4 * 722_496);
  expect(step({ batchSize: 8, unfreezeDepth: 0 })).toBe(parameterMemory(backbones));
  expect(step({ batchSize: 8, unfreezeDepth: 1 })).toBeGreaterThan(parameterMemory(backbones));
});

it('takes a quarter as free at least where the cached content of files counts as used', () => {
  expect([atLeastFree(0.2e9, 16e9), atLeastFree(9e9, 16e9)]).toEqual([4e9, 9e9]);
  const of = (platform: string, isLimited: boolean): boolean => countsFilesAsUsed(platform, isLimited);
  expect([of('darwin', false), of('linux', true), of('linux', false), of('win32', false)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('estimates the largest step from the largest batch, the deepest tail and the largest network', () => {
  const small = step({ batchSize: 8, unfreezeDepth: 1 });
  expect(step({ batchSize: 8, unfreezeDepth: 4 })).toBeGreaterThan(small);
  const largest = step({ unfreezeDepth: 4 }, { batchSize: { type: 'choice', values: [8, 64] } });
  expect(largest).toBe(step({ batchSize: 64, unfreezeDepth: 4 }));
  // Measured: 227 MB for the step, with the arrays that it is given.
  expect(largest).toBeGreaterThan(227e6);
  expect(largest).toBeLessThan(2 * 227e6);
});
