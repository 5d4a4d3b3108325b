// Finds a Python and its PyTorch by looking at files: nothing is started.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findPython, findTorch } from '../../../src/engines/torch/find-python.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hpo-find-python-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const put = (path: string, text = ''): string => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
  return file;
};
const CUDA = "__version__ = '2.9.0+cu128'\ndebug = False\ncuda: Optional[str] = '12.8'\nhip: Optional[str] = None\n";
const ROCM = "__version__ = '2.9.0+rocm6.4'\ncuda: Optional[str] = None\nhip: Optional[str] = '6.4'\n";
const CPU = "__version__ = '2.9.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n";
const options = (env: NodeJS.ProcessEnv) => ({ env, platform: 'linux' as const, home: join(folder, 'home') });

describe.skipIf(process.platform === 'win32')('on Linux', () => {
  it('takes HPO_PYTHON, then a venv, then a conda environment, then python3', () => {
    const venv = dirname(dirname(put('venv/bin/python')));
    const conda = dirname(dirname(put('conda/bin/python')));
    const all = { HPO_PYTHON: '/some/python', VIRTUAL_ENV: venv, CONDA_PREFIX: conda };
    expect(findPython(options(all))).toBe('/some/python');
    expect(findPython(options({ ...all, HPO_PYTHON: '' }))).toBe(join(venv, 'bin/python'));
    expect(findPython(options({ CONDA_PREFIX: conda }))).toBe(join(conda, 'bin/python'));
    expect(findPython(options({ VIRTUAL_ENV: join(folder, 'gone') }))).toBe('python3');
  });

  it.each([
    ['CUDA', CUDA, { version: '2.9.0+cu128', accelerator: 'cuda' }],
    ['ROCm', ROCM, { version: '2.9.0+rocm6.4', accelerator: 'rocm' }],
    ['processors', CPU, { version: '2.9.0+cpu' }],
  ] as const)('reads what a PyTorch for %s was built for', (_, text, expected) => {
    const python = put('venv/bin/python');
    put('venv/pyvenv.cfg', 'include-system-site-packages = false');
    put('venv/lib/python3.12/site-packages/torch/version.py', text);
    expect(findTorch(options({ HPO_PYTHON: python }))).toEqual({ python, ...expected });
  });

  it('finds python3 on PATH, and the packages of the Python that a link leads to', () => {
    const real = put('usr/bin/python3.12');
    put('usr/lib/python3.12/dist-packages/torch/version.py', CPU);
    mkdirSync(join(folder, 'bin'));
    symlinkSync(real, join(folder, 'bin', 'python3'));
    expect(findTorch(options({ PATH: join(folder, 'bin') }))).toMatchObject({
      python: 'python3',
      version: '2.9.0+cpu',
    });
  });

  it('goes on to the next Python where one has no PyTorch', () => {
    const bare = dirname(dirname(put('venv/bin/python')));
    put('venv/pyvenv.cfg', 'include-system-site-packages = false');
    put('first/bin/python3');
    put('second/lib/python3.12/site-packages/torch/version.py', CPU);
    const second = put('second/bin/python3');
    const PATH = [join(folder, 'first/bin'), join(folder, 'second/bin')].join(':');
    expect(findTorch(options({ VIRTUAL_ENV: bare, PATH }))?.python).toBe(second);
    expect(findPython(options({ VIRTUAL_ENV: bare, PATH }))).toBe(second);
    // A Python that is named is the one that is meant.
    expect(findTorch(options({ HPO_PYTHON: join(bare, 'bin/python'), PATH }))).toBeUndefined();
  });

  it('looks behind the scripts of pyenv', () => {
    put('pyenv/shims/python3', '#!/bin/sh\nexit 127\n');
    put('pyenv/version', '3.12.1\n');
    put('pyenv/versions/3.12.1/lib/python3.12/site-packages/torch/version.py', CPU);
    const python = put('pyenv/versions/3.12.1/bin/python3');
    const PATH = join(folder, 'pyenv/shims');
    expect(findTorch(options({ PATH }))).toEqual({ python, version: '2.9.0+cpu' });
    expect(findTorch(options({ PATH, PYENV_VERSION: '3.9.0' }))).toBeUndefined();
  });

  it('starts nothing outside of the versions of pyenv, whatever a .python-version says', () => {
    put('pyenv/shims/python3', '#!/bin/sh\nexit 127\n');
    const inside = put('pyenv/versions/3.12.1/bin/python3');
    for (const place of ['study/evil', 'pyenv/versions']) {
      put(`${place}/lib/python3.12/site-packages/torch/version.py`, CPU);
      put(`${place}/bin/python3`);
    }
    const PATH = join(folder, 'pyenv/shims');
    for (const version of ['../../study/evil', '.', join(folder, 'study/evil'), '3.12.1/../../../study/evil']) {
      const env = { PATH, PYENV_VERSION: version };
      expect(findTorch(options(env)), version).toBeUndefined();
      expect(findPython(options(env)), version).toBe('python3');
      put('study/.python-version', `${version}\n`);
      const cwd = vi.spyOn(process, 'cwd').mockReturnValue(join(folder, 'study'));
      expect(findTorch(options({ PATH })), version).toBeUndefined();
      cwd.mockRestore();
    }
    put('pyenv/versions/3.12.1/lib/python3.12/site-packages/torch/version.py', CPU);
    expect(findPython(options({ PATH, PYENV_VERSION: '../../study/evil:3.12.1' }))).toBe(inside);
  });

  it('sees through a venv only where that is told to', () => {
    const real = put('usr/bin/python3.12');
    put('usr/lib/python3.12/site-packages/torch/version.py', CPU);
    put('venv/bin/other');
    symlinkSync(real, join(folder, 'venv', 'bin', 'python'));
    const env = { HPO_PYTHON: join(folder, 'venv/bin/python') };
    put('venv/pyvenv.cfg', 'include-system-site-packages = false');
    expect(findTorch(options(env))).toBeUndefined();
    put('venv/pyvenv.cfg', 'include-system-site-packages = true');
    expect(findTorch(options(env))?.version).toBe('2.9.0+cpu');
  });

  it('finds what PYTHONPATH adds', () => {
    const python = put('venv/bin/python');
    put('venv/pyvenv.cfg');
    put('extra/torch/version.py', CPU);
    expect(findTorch(options({ HPO_PYTHON: python, PYTHONPATH: join(folder, 'extra') }))?.version).toBe('2.9.0+cpu');
  });

  it('finds nothing without a Python, or without PyTorch', () => {
    expect(findTorch(options({ PATH: folder }))).toBeUndefined();
    const python = put('venv/bin/python');
    put('venv/pyvenv.cfg');
    expect(findTorch(options({ HPO_PYTHON: python }))).toBeUndefined();
  });
});
