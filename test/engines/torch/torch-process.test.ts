// The process of PyTorch: how it starts, fails, runs out of memory, dies, and goes with whoever started it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { Exchange } from '../../../src/engines/torch/exchange.js';
import { type TorchOptions, TorchProcess } from '../../../src/engines/torch/torch-process.js';
import { failureOf } from '../../../src/workers/protocol/failure.js';
import { eventually } from '../../eventually.js';
import { pythonWith } from '../../report/support/python.js';

const OPTIONS: TorchOptions = { threads: 1, device: 'cpu', tf32: false, capture: true, room: 'auto' };
const python = pythonWith('torch');
const anyPython = pythonWith('json');
const opened: TorchProcess[] = [];
const start = async (): Promise<TorchProcess> => {
  const { process } = await TorchProcess.start(python ?? '', OPTIONS);
  opened.push(process);
  return process;
};
afterEach(async () => {
  for (const one of opened.splice(0)) await one.stop();
});

it('says in words that there is no such Python, and names the remedy', async () => {
  await expect(TorchProcess.start('/no/such/python', OPTIONS)).rejects.toMatchObject({
    code: 'ERR_ENGINE',
    message: expect.stringMatching(/\/no\/such\/python: .*does not start.*HPO_PYTHON/s),
  });
});

it.skipIf(process.platform === 'win32').each([
  ['a program', 'exec sleep 600'],
  ['a script with a program that keeps its pipes', 'sleep 600 & echo $! >"$0.pid"; wait'],
])('ends what never answers, %s, and says so', async (_, body) => {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-silent-python-'));
  try {
    const silent = join(folder, 'python');
    writeFileSync(silent, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    await expect(TorchProcess.start(silent, OPTIONS, 2000)).rejects.toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/silent-python.*: the process of PyTorch does not answer within .*HPO_PYTHON/s),
    });
  } finally {
    const left = join(folder, 'python.pid');
    if (existsSync(left)) process.kill(Number(readFileSync(left, 'utf8')), 'SIGKILL');
    rmSync(folder, { recursive: true });
  }
});

const GREETING = String.raw`printf '\000hpo-torch-1\n'`;
it.skipIf(process.platform === 'win32').each([
  ['a length beyond all sense', `${GREETING}; echo 'Segmentation fault, no core'`],
  ['no JSON', String.raw`${GREETING}; printf '\004\0\0\0\0\0\0\0\0\0\0\0oops'`],
  ['JSON of something else', String.raw`${GREETING}; printf '\002\0\0\0\0\0\0\0\0\0\0\00042'`],
])('ends what sends no answer, %s, and says so', async (_, body) => {
  await withScript(`${body}; exec sleep 600`, async (script) => {
    await expect(TorchProcess.start(script, OPTIONS)).rejects.toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/python: the process of PyTorch sends what is no answer.*HPO_PYTHON/s),
    });
  });
});

it.skipIf(process.platform === 'win32')('repeats what a Python printed that does not speak', async () => {
  await withScript("echo 'the licence of this Python has expired'", async (script) => {
    await expect(TorchProcess.start(script, OPTIONS)).rejects.toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/ended with exit code 0: the licence of this Python has expired/),
    });
  });
});

it.skipIf(process.platform === 'win32')('starts again where something kills it before it answers', async () => {
  await withScript('echo started >>"$0.starts"; kill -KILL $$', async (script) => {
    await expect(TorchProcess.start(script, OPTIONS)).rejects.toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/the process of PyTorch was ended by SIGKILL/),
    });
    expect(readFileSync(`${script}.starts`, 'utf8')).toBe('started\n'.repeat(3));
  });
});

it.skipIf(anyPython === undefined || process.platform === 'win32').each([
  ['is too old', "__version__ = '1.13.1+cu117'", /expected PyTorch 2\.1 or later, found 1\.13\.1\+cu117/],
  ['was removed but for its folder', undefined, /PyTorch does not load: AttributeError: .*__version__/],
])('says that the PyTorch %s', async (_, source, message) => {
  const packages = mkdtempSync(join(tmpdir(), 'hpo-old-torch-'));
  try {
    mkdirSync(join(packages, 'torch'));
    if (source !== undefined) writeFileSync(join(packages, 'torch', '__init__.py'), source);
    // -S: it sees no other one.
    await withScript(`PYTHONPATH='${packages}' exec '${anyPython}' -S "$@"`, async (script) => {
      await expect(TorchProcess.start(script, OPTIONS)).rejects.toMatchObject({
        code: 'ERR_ENGINE',
        message: expect.stringMatching(message),
      });
    });
  } finally {
    rmSync(packages, { recursive: true });
  }
});

it.skipIf(python === undefined || process.platform === 'win32')('says that a Python has no PyTorch', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-bare-python-'));
  try {
    // -S: it sees none of its packages.
    const bare = join(folder, 'python');
    writeFileSync(bare, `#!/bin/sh\nexec '${python}' -S "$@"\n`, { mode: 0o755 });
    await expect(TorchProcess.start(bare, OPTIONS)).rejects.toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(
        /PyTorch does not load: ModuleNotFoundError.*name one in HPO_PYTHON, or with --python/s,
      ),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe.skipIf(python === undefined)(
  'where a Python has PyTorch (HPO_PYTHON, or python3)',
  { timeout: 180_000 },
  () => {
    it('answers an unknown message with an error, and goes on', async () => {
      const process = await start();
      await expect(process.request({ op: 'sing' })).rejects.toMatchObject({
        code: 'ERR_ENGINE_FAILED',
        message: 'the torch engine failed: ValueError: unknown message sing',
      });
      await process.request({ op: 'write', state: 0, entries: [{ name: 'a', shape: [2], role: 'plain' }] }, [
        new Uint8Array(Float32Array.of(1, 2).buffer),
      ]);
      const { payload } = await process.request({ op: 'read', state: 0, names: ['a'] });
      expect([...new Float32Array(new Uint8Array(payload).buffer)]).toEqual([1, 2]);
    });

    it.skipIf(process.platform === 'win32')('understands a Python that prints before it runs the program', async () => {
      await withScript(`echo 'Welcome to this machine'; exec '${python}' "$@"`, async (script) => {
        const { process, hello } = await TorchProcess.start(script, OPTIONS);
        expect(hello).toMatchObject({ device: 'cpu' });
        await process.stop();
      });
    });

    it.skipIf(process.platform === 'win32')('comes up at the second start', async () => {
      const body = `[ -e "$0.once" ] || { touch "$0.once"; kill -KILL $$; }; exec '${python}' "$@"`;
      await withScript(body, async (script) => {
        const { process } = await TorchProcess.start(script, OPTIONS);
        await process.request({ op: 'write', state: 0, entries: [] });
        await process.stop();
      });
    });

    it('maps the exchange anew where it has moved', async () => {
      const process = await start();
      const exchange = new Exchange();
      try {
        const source = 'def step(I, S, C, device):\n    return (I[0] * 2,), ()\n';
        const port = { name: 'x', type: 'float32', shape: [2] };
        const [inputs, outputs] = [[{ ...port, offset: 0 }], [{ ...port, offset: 64 }]];
        const ports = { inputs, outputs, parameters: [], updates: [], constants: [] };
        await process.request({
          op: 'compile',
          program: 0,
          source,
          threads: 1,
          exchange: exchange.grow(128),
          ...ports,
        });
        await process.request({ op: 'write', state: 1, entries: [] });
        exchange.write(Float32Array.of(1, 2), 0);
        await process.request({ op: 'run', program: 0, state: 1 });
        const result = new Float32Array(2);
        exchange.read(result, 64);
        expect([...result]).toEqual([2, 4]);
      } finally {
        exchange.close();
      }
    });

    it('does not compute in float32 what it has no half precision for', async () => {
      const process = await start();
      const source =
        "def step(I, S, C, device):\n    with torch.autocast('cpu', torch.float64):\n        return (torch.ones(1),), ()\n";
      const ports = { inputs: [], outputs: [], parameters: [], updates: [], constants: [] };
      await process.request({ op: 'compile', program: 0, source, threads: 1, ...ports });
      await process.request({ op: 'write', state: 1, entries: [] });
      await expect(process.request({ op: 'run', program: 0, state: 1 })).rejects.toMatchObject({
        code: 'ERR_ENGINE_FAILED',
        message: expect.stringMatching(/In CPU autocast, but the target dtype is not supported/),
      });
    });

    it('says that memory ran out, as the study understands it', async () => {
      const process = await start();
      const source = 'def step(I, S, C, device):\n    return (torch.empty(1 << 50),), ()\n';
      const ports = { inputs: [], outputs: [], parameters: [], updates: [], constants: [] };
      await process.request({ op: 'compile', program: 0, source, threads: 1, ...ports });
      await process.request({ op: 'write', state: 1, entries: [] });
      const failed: unknown = await process
        .request({ op: 'run', program: 0, state: 1 })
        .catch((error: unknown) => error);
      expect(failureOf(failed)).toMatchObject({ kind: 'out-of-memory' });
    });

    it('tells how it ended, which counts as chance; later requests fail alike', async () => {
      const torch = await start();
      process.kill(torch.pid ?? 0, 'SIGKILL');
      const failed: unknown = await torch.request({ op: 'read', state: 0, names: [] }).catch((error: unknown) => error);
      expect(failed).toMatchObject({
        code: 'ERR_ENGINE_CRASHED',
        message: expect.stringMatching(/was ended by SIGKILL/),
      });
      expect(failureOf(failed)).toMatchObject({ kind: 'crashed', fault: 'chance' });
      await expect(torch.request({ op: 'read', state: 0, names: [] })).rejects.toMatchObject({
        code: 'ERR_ENGINE_CRASHED',
      });
    });

    it.skipIf(process.platform !== 'linux')(
      'goes with the process that started it, also when that is killed',
      async () => {
        const script = fileURLToPath(new URL('hold-torch.ts', import.meta.url));
        const holder = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
        const [pid] = (await once(holder.stdout, 'data')) as [Buffer];
        expect(isAlive(Number(pid))).toBe(true);
        holder.kill('SIGKILL');
        await eventually(() => expect(isAlive(Number(pid))).toBe(false));
      },
    );

    it.skipIf(process.platform !== 'linux')('leaves nothing in the memory file system', async () => {
      await start();
      // Its name goes as soon as both processes have the file.
      const own = readdirSync('/dev/shm').filter((name) => name.startsWith('hpo-torch-'));
      expect(own.filter((name) => opened.some(({ exchange }) => exchange.path.includes(name)))).toEqual([]);
    });
  },
);

/** Gives a script of this body, in the place of a Python, while `use` needs it. */
async function withScript(body: string, use: (script: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-odd-python-'));
  try {
    const script = join(folder, 'python');
    writeFileSync(script, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    await use(script);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [^ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
