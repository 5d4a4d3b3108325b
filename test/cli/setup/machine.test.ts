// What a study takes of a machine.
import { expect, it } from 'vitest';
import { cacheFolder } from '../../../src/system/cache-folder.js';
import { chooseEngine } from '../../../src/cli/setup/choose-engine.js';
import { featureMemory, thisMachine } from '../../../src/cli/setup/machine.js';
import { HpoError } from '../../../src/study/errors.js';
import type { Engine, EngineName } from '../../../src/trainer/engines/engine.js';

const machine = { cores: 8, memory: 12e9 };

it('shares half of the memory among workers, features and the images that they come from', () => {
  expect(featureMemory(4, machine) * 4 * 1.5).toBeCloseTo(6e9, -2);
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

const engines =
  (...working: EngineName[]) =>
  (name: EngineName): Promise<Engine> =>
    working.includes(name)
      ? Promise.resolve({ name, dispose: () => Promise.resolve() } as unknown as Engine)
      : Promise.reject(new HpoError('ERR_ENGINE', `${name} does not start`));

it('takes the fastest engine that starts, and says which faster ones do not', async () => {
  expect(await chooseEngine('auto', engines('onnx', 'wasm'))).toEqual({ name: 'onnx', warnings: [] });
  expect(await chooseEngine('auto', engines('wasm', 'cpu'))).toEqual({
    name: 'wasm',
    warnings: ['onnx does not start'],
  });
});

it('takes no other engine than the one that is asked for', async () => {
  await expect(chooseEngine('wasm', engines('onnx'))).rejects.toThrow('wasm does not start');
  await expect(chooseEngine('auto', engines())).rejects.toThrow('no engine starts on this machine');
});
