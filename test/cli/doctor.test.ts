// hpo doctor and hpo engine: what they say of a machine, to people and to programs.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Diagnosis } from '../../src/app/examine-machine.js';
import type { EngineReport } from '../../src/app/setup/engine-speeds.js';
import type { EngineName } from '../../src/engines/engine.js';
import { probeEngine, type ProbeAnswer } from '../../src/engines/probe/probe.js';
import { hpo, spawnHpo, temporaryFolder } from './support.js';

// In this process nothing is measured; the last test does, in another.
vi.mock('../../src/engines/probe/probe.js', () => ({ probeEngine: vi.fn() }));
vi.mock('../../src/images/preparation-speed.js', () => ({
  preparationSpeed: () => Promise.resolve({ decoded: 300, augmented: 600 }),
}));

const WORKS: ProbeAnswer = { status: 'works', device: 'cpu', speed: { training: 123.4, forward: 5.67 } };
const MISSING: ProbeAnswer = { status: 'missing', reason: 'no such\n library' };

/** Engines that work; the others are missing. */
function pretend(...working: EngineName[]): void {
  vi.mocked(probeEngine).mockImplementation(({ engine }) =>
    Promise.resolve(working.includes(engine) ? WORKS : MISSING),
  );
}

let cache: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  cache = temporaryFolder();
  vi.stubEnv('HPO_CACHE', cache.path);
  vi.mocked(probeEngine).mockReset();
  pretend('onnx', 'wasm');
});
afterEach(() => {
  vi.unstubAllEnvs();
  cache.remove();
});

describe('hpo doctor', () => {
  it('tells programs of the machine and its engines', async () => {
    const { code, out, err } = await hpo('doctor', '--json');
    expect([code, err]).toEqual([0, 'measuring the engines of this machine']);
    const found = JSON.parse(out) as Diagnosis;
    expect(found).toMatchObject({ node: process.versions.node, canRun: true, tensorflow: null });
    // A Python may be there, and have PyTorch.
    expect(found.torch === null || found.torch.version !== '').toBe(true);
    expect(found.processor.cores).toBeGreaterThanOrEqual(1);
    expect(found.memory).toBeGreaterThan(2 ** 20);
    expect(found.gpus.status).toMatch(/^(found|absent|failed)$/);
    expect(found.cache).toMatchObject({ folder: cache.path, writable: true });
    expect(found.engines).toEqual([
      { name: 'onnx', answer: WORKS },
      ...['cuda', 'torch', 'tensorflow', 'webgpu'].map((name) => ({ name, answer: MISSING })),
      { name: 'wasm', answer: WORKS },
    ]);
  });

  it('tells people the same, one line for each engine', async () => {
    const { code, out } = await hpo('doctor');
    expect(code).toBe(0);
    expect(out).toMatch(/^ *onnx +cpu +123 images\/s +5\.7 images\/s$/m);
    expect(out).toMatch(/^ *cuda: no such library$/m);
    expect(out).toContain(`Node ${process.versions.node}`);
    expect(out).toMatch(/A study can run here\.$/);
  });

  it('tells how long a GPU would wait for images', async () => {
    const gpu: ProbeAnswer = { status: 'works', device: 'cuda', speed: { training: 4e8, forward: 1e9 } };
    vi.mocked(probeEngine).mockImplementation(({ engine }) =>
      Promise.resolve(engine === 'torch' ? gpu : engine === 'onnx' ? WORKS : MISSING),
    );
    const { out } = await hpo('doctor');
    expect(out).toMatch(/^ *a core decodes 300 photographs and augments 600 images of 224 pixels a second$/m);
    expect(out).toMatch(/^ *torch waits 100 % of the time for images that are seen for the first time/m);
    expect(out).not.toMatch(/onnx (waits|does not wait)/);
  });

  it('starts without sharp, and says that it is missing', async () => {
    const hooks = new URL('without-sharp.mjs', import.meta.url).href;
    const env = { HPO_CACHE: cache.path, NODE_OPTIONS: `--import ${hooks}` };
    const { code, out, err } = await spawnHpo(['doctor'], { env }).finished;
    expect([code, err]).toEqual([1, 'measuring the engines of this machine\n']);
    expect(out).toContain('sharp is missing, or does not load here: no image can be read');
    expect(out).toMatch(/No study can run here: sharp is missing\./);
  }, 120_000);

  it('measures anew only when it is asked to', async () => {
    await hpo('doctor');
    pretend('onnx');
    expect((await hpo('doctor')).out).toMatch(/^ *wasm +cpu/m);
    const { out } = await hpo('doctor', '--fresh');
    expect(out).toMatch(/^ *wasm: no such library$/m);
    expect((await hpo('doctor')).out).toBe(out);
  });

  it('falls back on plain JavaScript, and fails where not even that works', async () => {
    pretend('cpu');
    const last = await hpo('doctor');
    expect([last.code, last.out]).toEqual([0, expect.stringMatching(/^ *cpu +cpu +123 images/m)]);
    pretend();
    const none = await hpo('doctor', '--fresh');
    expect([none.code, none.out]).toEqual([1, expect.stringContaining('No study can run here: no engine works.')]);
  });

  it('fails where the cache cannot be written', async () => {
    writeFileSync(join(cache.path, 'file'), '');
    vi.stubEnv('HPO_CACHE', join(cache.path, 'file', 'cache'));
    const { code, out } = await hpo('doctor');
    expect(code).toBe(1);
    expect(out).toContain('set HPO_CACHE to a folder that can');
  });
});

describe('hpo engine', () => {
  it('lists nothing but what works and why the rest does not', async () => {
    const first = await hpo('engine', 'list');
    expect([first.code, first.err]).toEqual([0, 'measuring the engines of this machine']);
    expect(first.out.split('\n').map((line) => line.split(/[ :]/)[0])).toEqual([
      'engine',
      'onnx',
      'wasm',
      'cuda',
      'torch',
      'tensorflow',
      'webgpu',
    ]);
    expect(await hpo('engine', 'list')).toEqual({ ...first, err: '' });
  });

  it('removes what is not there, and says so', async () => {
    expect(await hpo('engine', 'remove')).toEqual({ code: 0, out: '', err: 'there was nothing to remove' });
  });

  it.skipIf(process.platform !== 'linux')('installs nothing without a Python (on Linux)', async () => {
    const { code, err } = await hpo('engine', 'install', '--python', '/nowhere/python3');
    expect(code).toBe(2);
    expect(err).toContain('expected a Python with pip, found none');
    expect(existsSync(join(cache.path, 'engines')) ? readdirSync(join(cache.path, 'engines')) : []).toEqual([]);
  });

  it('measures on an empty cache, and no library writes between its lines', { timeout: 300_000 }, async () => {
    const env = { HPO_CACHE: cache.path };
    const { code, out, err } = await spawnHpo(['engine', 'list', '--json'], { env }).finished;
    expect([code, err]).toEqual([0, 'measuring the engines of this machine\n']);
    for (const { name, answer } of JSON.parse(out) as EngineReport[]) {
      if (answer.status === 'missing') expect(answer.reason, name).not.toBe('');
      else expect(Math.min(answer.speed?.training ?? 0, answer.speed?.forward ?? 0), name).toBeGreaterThan(0);
    }
    const again = await spawnHpo(['doctor', '--json'], { env }).finished;
    expect([again.code, again.err]).toEqual([0, '']);
    expect((JSON.parse(again.out) as Diagnosis).engines).toEqual(JSON.parse(out));
  });
});
