// Rows that stay on the device of PyTorch: a run that reads them gives the same bits as one that is fed them.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DeviceRows, Engine } from '../../../src/engines/engine.js';
import { openTorchEngine } from '../../../src/engines/torch/engine.js';
import { Exchange } from '../../../src/engines/torch/exchange.js';
import { DeviceFeatures } from '../../../src/features/device-features.js';
import { GraphBuilder } from '../../../src/graph/builder.js';
import { softmax } from '../../../src/graph/operations/softmax.js';
import { must } from '../../../src/system/must.js';
import { fineTune } from '../../../src/trainer/finetune/trial.js';
import { toyBench, toyPlan } from '../../trainer/finetune/support/toy-bench.js';
import { pythonWith } from '../../report/support/python.js';

const python = pythonWith('torch');
const ROOM = 1e6;

async function keep(engine: Engine, count: number, shape: readonly number[]): Promise<DeviceRows> {
  return must(await engine.keepRows?.(count, shape), 'room for rows');
}

describe.skipIf(python === undefined || process.platform === 'win32')(
  'where a Python has PyTorch (HPO_PYTHON, or python3)',
  { timeout: 180_000 },
  () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await openTorchEngine({ device: 'cpu', room: ROOM });
    }, 180_000);
    afterAll(() => engine.dispose());
    afterEach(() => {
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
    });

    it('reads images and rows in the order of the positions', async () => {
      const g = new GraphBuilder();
      const image = g.input('image', [3, 2, 2, 5], { role: 'image', layout: 'NCHW' });
      g.output('image', image, { layout: 'NCHW' });
      g.output('row', g.input('row', [3, 4]));
      const program = await engine.compile(g.build());
      const state = engine.createState(new Map());
      const [images, rows] = [await keep(engine, 7, [5, 2, 2]), await keep(engine, 7, [4])];
      const numbers = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(i));
      const [all, small] = [numbers(7 * 20), numbers(7 * 4)];
      // In two parts, and not in order.
      for (const positions of [Uint32Array.of(6, 0, 3), Uint32Array.of(1, 2, 5, 4)]) {
        const parts = (from: Float32Array, size: number) =>
          Float32Array.from([...positions].flatMap((one) => [...from.subarray(one * size, (one + 1) * size)]));
        await images.write(positions, parts(all, 20));
        await rows.write(positions, parts(small, 4));
      }
      const positions = Uint32Array.of(5, 0, 5);
      const feeds = { image: new Float32Array(60), row: new Float32Array(12) };
      const given = { image: { rows: images, positions }, row: { rows, positions } };
      const outputs = await program.run(state, feeds, {}, given);
      const expected = (from: Float32Array, size: number) =>
        [5, 0, 5].flatMap((one) => [...from.subarray(one * size, (one + 1) * size)]);
      expect([...must(outputs['image'], 'images')]).toEqual(expected(all, 20));
      expect([...must(outputs['row'], 'rows')]).toEqual(expected(small, 4));
      images.dispose();
      rows.dispose();
      await expect(program.run(state, feeds, {}, given)).rejects.toMatchObject({ code: 'ERR_ENGINE_CRASHED' });
    });

    it('has no room beyond what it was given, and has it again for what is disposed of', async () => {
      const rows = await keep(engine, 1000, [240]);
      expect(await engine.keepRows?.(1000, [240])).toBeUndefined();
      rows.dispose();
      (await keep(engine, 1000, [240])).dispose();
    });

    it.each([
      ['of the head and of blocks', {}],
      ['whose features are mixed, which are not kept', { mixup: 0.3 }],
    ])('trains a trial %s as without', async (_, options) => {
      const written = vi.spyOn(Exchange.prototype, 'write');
      const train = async (isKept: boolean): Promise<unknown> => {
        const folder = mkdtempSync(join(tmpdir(), 'hpo-rows-'));
        try {
          const bench = toyBench(engine);
          const { keepRows } = engine;
          const source = new DeviceFeatures({ of: () => bench.features }, must(keepRows, 'rows'));
          const features = source.of({ precision: 'float32', blocks: [] });
          written.mockClear();
          const reports = [];
          for await (const report of fineTune({ ...bench, ...(isKept ? { features } : {}) }, toyPlan(folder, options)))
            reports.push(report.metrics);
          await bench.programs.dispose();
          return reports;
        } finally {
          rmSync(folder, { recursive: true });
        }
      };
      const fed = await train(false);
      const writes = written.mock.calls.length;
      expect(await train(true)).toEqual(fed);
      expect(written.mock.calls.length).toBeLessThan(writes);
    });

    it('drops them where a step needs their memory, and takes the step', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'hpo-full-cuda-'));
      const script = fileURLToPath(new URL('fake_cuda.py', import.meta.url));
      const fake = join(folder, 'python');
      writeFileSync(fake, `#!/bin/sh\nshift\n'${python}' -u '${script}' "$@"\nexit $?\n`);
      chmodSync(fake, 0o755);
      vi.stubEnv('HPO_PYTHON', fake);
      vi.stubEnv('FAKE_CUDA_IS_FULL_ONCE', '1');
      vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      const full = await openTorchEngine({ capture: false });
      try {
        // Half of what is free, which is a mebibyte.
        expect(await full.keepRows?.(1 << 17, [2])).toBeUndefined();
        const [rows, others] = [await keep(full, 4, [2]), await keep(full, 4, [2])];
        await rows.write(Uint32Array.of(1, 2), Float32Array.of(0, 0, 5, 5));
        const g = new GraphBuilder();
        g.output('y', softmax(g, g.input('x', [2, 2])));
        const program = await full.compile(g.build());
        const state = full.createState(new Map());
        const feed = { x: { rows, positions: Uint32Array.of(2, 1) } };
        const { y } = await program.run(state, { x: Float32Array.of(9, 0, 9, 0) }, {}, feed);
        expect([...must(y, 'an output')]).toEqual([0.5, 0.5, 0.5, 0.5]);
        expect([rows.isThere, others.isThere]).toEqual([false, false]);
      } finally {
        await full.dispose();
        rmSync(folder, { recursive: true });
      }
    });
  },
);
