// Building the TensorFlow binding: what is missing is named, and nothing is left of what failed or was stopped.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cudaRequirements } from '../../../src/engines/tensorflow/install/find-tensorflow.js';
import { type InstallOptions, installTensorflow, putInPlace } from '../../../src/engines/tensorflow/install/install.js';
import {
  INSTALLATION_RECORD,
  type InstallationRecord,
  readInstallation,
} from '../../../src/engines/tensorflow/installation.js';

let place: string;
let cache: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'hpo-install-'));
  cache = join(place, 'engines');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function install(options: Partial<InstallOptions>): Promise<unknown> {
  return installTensorflow({
    cuda: false,
    python: 'python3',
    compiler: 'g++',
    signal: new AbortController().signal,
    onStep: () => {},
    folder: join(cache, 'tensorflow'),
    platform: 'linux',
    ...options,
  });
}

/** A program that stands for a Python or a compiler. */
function program(name: string, script: string): string {
  const path = join(place, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A folder that looks like TensorFlow to who does not look into its files. */
function pretendedTensorflow(): string {
  const folder = join(place, 'site', 'tensorflow');
  mkdirSync(join(folder, 'include', 'tensorflow', 'c'), { recursive: true });
  for (const file of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/tensorflow/c/c_api.h']) {
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

describe.skipIf(process.platform !== 'linux')('what goes wrong (on Linux)', () => {
  it.each<[string, () => Partial<InstallOptions>, RegExp]>([
    ['no Python', () => ({ python: '/nowhere/python3' }), /expected a Python with pip, found none/],
    ['a Python that fails', () => ({ python: program('python', 'echo broken >&2; exit 3') }), /exit code 3:\s+broken/],
    [
      'no wheel to be had',
      () => ({ python: program('python', 'case "$1" in -c) ;; *) echo "No matching distribution"; exit 1;; esac') }),
      /No matching distribution/,
    ],
    [
      'a wheel without TensorFlow in it',
      () => ({
        python: program(
          'python',
          `case "$1$2$3" in -c*) ;; -mpipdownload) ;; esac
while [ $# -gt 0 ]; do [ "$1" = --dest ] && touch "$2/tensorflow_cpu-2.0-py3.whl"; shift; done`,
        ),
      }),
      /expected headers and libtensorflow_cc.* in tensorflow_cpu-2.0-py3.whl, got a wheel without them/,
    ],
  ])('%s', async (_, options, message) => {
    await expect(install(options())).rejects.toThrow(message);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('another system', async () => {
    await expect(install({ platform: 'darwin' })).rejects.toThrow(/expected Linux, got darwin/);
  });

  it('stopped while a program runs', async () => {
    const abort = new AbortController();
    const running = install({
      python: program('python', `echo $$ > ${place}/pid; sleep 600`),
      signal: abort.signal,
    });
    while (!existsSync(join(place, 'pid'))) await new Promise((resolve) => setTimeout(resolve, 10));
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(cache)).toEqual([]);
    const pid = Number(readFileSync(join(place, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it('what a killed installation left is removed by the next; what works stays', async () => {
    mkdirSync(join(cache, 'tensorflow.999999999.tmp'), { recursive: true });
    mkdirSync(join(cache, 'tensorflow'), { recursive: true });
    writeFileSync(join(cache, 'tensorflow', 'installation.json'), 'mine');
    await expect(install({ python: '/nowhere/python3' })).rejects.toThrow();
    expect(readdirSync(cache)).toEqual(['tensorflow']);
  });
});

describe('a new binding', () => {
  /** An installation that says that it is of this version of TensorFlow. */
  function installed(folder: string, tensorflow: string): string {
    const rest = { binding: '1.0', cuda: false, libraries: 'lib', installed: 'today' };
    const record: InstallationRecord = { version: 1, tensorflow, ...rest };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, INSTALLATION_RECORD), JSON.stringify(record));
    return folder;
  }

  it('takes the place of the one before', async () => {
    const folder = installed(join(cache, 'tensorflow'), 'old');
    await putInPlace(installed(join(cache, 'built'), 'new'), folder);
    expect(readInstallation(folder)?.tensorflow).toBe('new');
    expect(readdirSync(cache)).toEqual(['tensorflow']);
  });

  it('leaves the one before where it cannot be moved', async () => {
    const folder = installed(join(cache, 'tensorflow'), 'old');
    await expect(putInPlace(join(cache, 'gone'), folder)).rejects.toThrow('ENOENT');
    expect(readInstallation(folder)?.tensorflow).toBe('old');
    expect(readdirSync(cache)).toEqual(['tensorflow']);
  });
});

// npm fetches the binding's source: minutes, and a registry.
describe.skipIf(process.env['HPO_TEST_TENSORFLOW'] === undefined)(
  'with npm at hand (skipped unless HPO_TEST_TENSORFLOW names a Python with TensorFlow)',
  { timeout: 600_000 },
  () => {
    const python = process.env['HPO_TEST_TENSORFLOW'] as string;

    it('no compiler, a compiler that fails', async () => {
      const folder = pretendedTensorflow();
      const pretending = program('python', `echo ${folder}; echo 2.0`);
      await expect(install({ python: pretending, compiler: '/nowhere/g++' })).rejects.toThrow(
        /expected a C\+\+ compiler, found no \/nowhere\/g\+\+: install g\+\+/,
      );
      await expect(install({ python: pretending })).rejects.toThrow(/g\+\+ failed with exit code 1/);
      expect(readdirSync(cache)).toEqual([]);
    });

    it('builds, checks and keeps a binding', async () => {
      const steps: string[] = [];
      await install({ python, onStep: (step) => steps.push(step) });
      expect(readdirSync(cache)).toEqual(['tensorflow']);
      expect(steps.at(-1)).toBe('checking it with a few training steps');
    });
  },
);

it("asks for NVIDIA's libraries as TensorFlow's metadata does", () => {
  const text = [
    'Name: tensorflow',
    'Requires-Dist: numpy>=1.26',
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    "Requires-Dist: nvidia-nccl-cu12 (>=2.25.1) ; extra == 'and-cuda'",
    'Requires-Dist: tensorflow-io ; extra == "gcs"',
  ].join('\n');
  expect(cudaRequirements(text)).toEqual(['nvidia-cublas-cu12<13.0,>=12.5.3.2', 'nvidia-nccl-cu12>=2.25.1']);
});
