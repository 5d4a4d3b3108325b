// What a study takes of a machine.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { cacheFolder } from '../../../src/system/cache-folder.js';
import { kindOfMachine, thisMachine } from '../../../src/app/setup/machine.js';

it('knows this machine', () => {
  const { cores, memory } = thisMachine();
  expect(cores).toBeGreaterThan(0);
  expect(memory).toBeGreaterThan(1e8);
});

it.skipIf(process.platform === 'win32')('names the PyTorch that a study trains on, and what that computes on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-machine-'));
  try {
    const packages = join(folder, 'lib', 'python3.12', 'site-packages', 'torch');
    mkdirSync(packages, { recursive: true });
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin', 'python'), '', { mode: 0o755 });
    writeFileSync(join(packages, 'version.py'), "__version__ = '2.9.0+cu128'\n");
    vi.stubEnv('HPO_PYTHON', join(folder, 'bin', 'python'));
    expect(kindOfMachine('torch', 'cuda').versions).toMatch(
      /^hpo .*, arithmetic \d+, node .*, PyTorch 2\.9\.0\+cu128 on cuda$/,
    );
    expect(kindOfMachine('onnx', 'cpu').versions).not.toContain('PyTorch');
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
});

it('keeps its cache where the system has such things, or where it is told to', () => {
  expect(cacheFolder({ HPO_CACHE: '/x' }, 'linux')).toBe('/x');
  expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'darwin')).toBe('/c/hpo');
  expect(cacheFolder({}, 'linux')).toMatch(/\.cache\/hpo$/);
  expect(cacheFolder({}, 'darwin')).toMatch(/Library\/Caches\/hpo$/);
});
