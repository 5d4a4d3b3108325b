// Captured steps: they read the inputs and the state of each run, and give what steps give that run operation by operation.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../../src/engines/engine.js';
import { openTorchEngine } from '../../../src/engines/torch/engine.js';
import { GraphBuilder } from '../../../src/graph/builder.js';
import { add } from '../../../src/graph/operations/arithmetic.js';
import { softmax } from '../../../src/graph/operations/softmax.js';
import { tailStep } from '../../../bench/support/tail-step.js';
import { pythonWith } from '../../report/support/python.js';

const python = pythonWith('torch');
const canRun = python !== undefined && process.platform !== 'win32';

describe.skipIf(!canRun)('where a Python has PyTorch (HPO_PYTHON, or python3)', { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-fake-cuda-'));
  const printed: string[] = [];
  let engine: Engine;
  beforeAll(async () => {
    const fake = join(folder, 'python');
    const script = fileURLToPath(new URL('fake_cuda.py', import.meta.url));
    // Not by exec: a Python may be a script that starts one.
    writeFileSync(fake, `#!/bin/sh\nshift\n'${python}' -u '${script}' "$@"\nexit $?\n`);
    chmodSync(fake, 0o755);
    vi.stubEnv('HPO_PYTHON', fake);
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    engine = await openTorchEngine();
  }, 180_000);
  afterAll(async () => {
    await engine.dispose();
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('updates the state once a run, also where a program has no outputs', async () => {
    expect(engine.device).toBe('cuda');
    const g = new GraphBuilder();
    g.update('sum', add(g, g.parameter('sum', [2]), g.input('x', [2])));
    const program = await engine.compile(g.build());
    const zero = { shape: [2], role: 'plain' as const, data: new Float32Array(2) };
    const [state, other] = [engine.createState(new Map([['sum', zero]])), engine.createState(new Map([['sum', zero]]))];
    for (let i = 1; i <= 6; i++) await program.run(state, { x: Float32Array.of(i, 10 * i) });
    expect([...((await state.read()).get('sum')?.data ?? [])]).toEqual([21, 210]);
    // A captured program knows the arrays of its state: what is written later goes into these.
    state.write(new Map([['sum', { ...zero, data: Float32Array.of(100, 0) }]]));
    await program.run(state, { x: Float32Array.of(1, 2) });
    expect([...((await state.read()).get('sum')?.data ?? [])]).toEqual([101, 2]);
    await program.run(other, { x: Float32Array.of(5, 5) });
    expect([...((await other.read()).get('sum')?.data ?? [])]).toEqual([5, 5]);
    // Both in one pool of memory.
    expect(printed.join('').match(/captures into pool \d+/g)).toEqual(['captures into pool 1', 'captures into pool 1']);
  });

  it('captures again after all that was captured has gone', async () => {
    const warnings = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const own = await openTorchEngine();
    try {
      const g = new GraphBuilder();
      g.update('sum', add(g, g.parameter('sum', [1]), g.input('x', [1])));
      const [program, another] = [await own.compile(g.build()), await own.compile(g.build())];
      const zero = { shape: [1], role: 'plain' as const, data: new Float32Array(1) };
      printed.length = 0;
      for (const captured of [program, program, another]) {
        const state = own.createState(new Map([['sum', zero]]));
        for (let i = 0; i < 6; i++) await captured.run(state, { x: Float32Array.of(1) });
        expect([...((await state.read()).get('sum')?.data ?? [])]).toEqual([6]);
        state.dispose();
      }
      expect(printed.join('').match(/captures into pool \d+/g)).toEqual(
        [1, 2, 3].map((n) => `captures into pool ${n}`),
      );
      expect(warnings).not.toHaveBeenCalled();
    } finally {
      await own.dispose();
    }
  });

  it('goes on operation by operation where there is no memory for a capture, and says so', async () => {
    vi.stubEnv('FAKE_CUDA_IS_FULL', '1');
    const warnings = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const full = await openTorchEngine();
    try {
      const g = new GraphBuilder();
      g.update('sum', add(g, g.parameter('sum', [1]), g.input('x', [1])));
      const program = await full.compile(g.build());
      const state = full.createState(
        new Map([['sum', { shape: [1], role: 'plain' as const, data: new Float32Array(1) }]]),
      );
      for (let i = 0; i < 6; i++) await program.run(state, { x: Float32Array.of(1) });
      expect([...((await state.read()).get('sum')?.data ?? [])]).toEqual([6]);
      expect(warnings.mock.calls.flat()).toEqual([
        expect.stringMatching(/runs operation by operation, since CUDA does not capture it: CUDA out of memory/),
      ]);
      expect(printed.join('')).toContain('empties the cache');
    } finally {
      await full.dispose();
      vi.stubEnv('FAKE_CUDA_IS_FULL', '');
    }
  });

  it('captures nothing more after a capture that CUDA gave up', async () => {
    vi.stubEnv('FAKE_CUDA_LOSES_CAPTURES', '1');
    const warnings = vi.spyOn(console, 'warn').mockImplementation(() => {});
    warnings.mockClear();
    const own = await openTorchEngine();
    try {
      const g = new GraphBuilder();
      g.update('sum', add(g, g.parameter('sum', [1]), g.input('x', [1])));
      const zero = { shape: [1], role: 'plain' as const, data: new Float32Array(1) };
      printed.length = 0;
      for (const program of [await own.compile(g.build()), await own.compile(g.build())]) {
        const state = own.createState(new Map([['sum', zero]]));
        for (let i = 0; i < 6; i++) await program.run(state, { x: Float32Array.of(1) });
        expect([...((await state.read()).get('sum')?.data ?? [])]).toEqual([6]);
      }
      expect(printed.join('').match(/captures into pool/g)).toHaveLength(1);
      expect(warnings).toHaveBeenCalledTimes(1);
    } finally {
      await own.dispose();
      vi.stubEnv('FAKE_CUDA_LOSES_CAPTURES', '');
    }
  });

  it('ends the process whose GPU does nothing more for it', async () => {
    vi.stubEnv('FAKE_CUDA_IS_BROKEN', '1');
    const own = await openTorchEngine();
    try {
      const g = new GraphBuilder();
      g.output('y', softmax(g, g.input('x', [1, 2])));
      const program = await own.compile(g.build());
      await expect(program.run(own.createState(new Map()), { x: Float32Array.of(1, 2) })).rejects.toMatchObject({
        code: 'ERR_ENGINE_CRASHED',
        message: expect.stringContaining('illegal memory access') as string,
      });
    } finally {
      await own.dispose();
      vi.stubEnv('FAKE_CUDA_IS_BROKEN', '');
    }
  });

  it('trains as operation by operation', async () => {
    const { graph, state, feeds } = tailStep('mobilenetv2', 1, 32, 3);
    const plain = await openTorchEngine({ capture: false });
    try {
      const results = await Promise.all(
        [engine, plain].map(async (one) => {
          const [program, entries] = [await one.compile(graph), one.createState(state)];
          const losses: (number | undefined)[] = [];
          for (let i = 0; i < 6; i++) {
            const features = feeds['features']?.map((number) => number * (1 + i / 10)) ?? new Float32Array();
            losses.push((await program.run(entries, { ...feeds, features }))['loss']?.[0]);
          }
          return { losses, state: await entries.read() };
        }),
      );
      expect(results[0]).toEqual(results[1]);
      expect(new Set(results[0]?.losses).size).toBe(6);
    } finally {
      await plain.dispose();
    }
  });
});
