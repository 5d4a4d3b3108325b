// What a study takes of a machine.
import { expect, it } from 'vitest';
import { cacheFolder } from '../../../src/system/cache-folder.js';
import { featureMemory, thisMachine, workerShare } from '../../../src/app/setup/machine.js';

const machine = { cores: 8, memory: 12e9 };

it('shares half of the memory among workers, features and the images that they come from', () => {
  expect(featureMemory(4, machine) * 4 * 1.5).toBeCloseTo(6e9, -2);
});

it('divides cores among workers', () => {
  expect(workerShare(3, machine)).toEqual({ cores: 8 / 3, memory: featureMemory(3, machine) });
  expect(workerShare(16, machine).cores).toBe(0.5);
});

it('knows this machine', () => {
  const { cores, memory } = thisMachine();
  expect(cores).toBeGreaterThan(0);
  expect(memory).toBeGreaterThan(1e8);
});

it('keeps its cache where the system has such things, or where it is told to', () => {
  expect(cacheFolder({ HPO_CACHE: '/x' }, 'linux')).toBe('/x');
  expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'darwin')).toBe('/c/hpo');
  expect(cacheFolder({}, 'linux')).toMatch(/\.cache\/hpo$/);
  expect(cacheFolder({}, 'darwin')).toMatch(/Library\/Caches\/hpo$/);
});
