// Cached features: the same bits as fresh ones, computed once, and never wrong whatever happens to the files.
import { mkdtemp, open, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/images/augmentation/strategy.js';
import type { Engine, EngineName } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { claimChunk } from '../../src/features/chunk-store.js';
import { identityOf } from '../../src/system/process-identity.js';
import type { FileLock } from '../../src/system/file-lock.js';
import type { FeatureSource } from '../../src/features/features.js';
import type { Chunk } from '../../src/features/prefix.js';
import type { Cut } from '../../src/backbones/frozen-blocks.js';
import type { View } from '../../src/images/study-images.js';
import { readAll } from './support/read-all.js';
import { openSigns } from './support/signs.js';
import { eventually } from '../eventually.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hpo-features-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const CUTS: readonly Cut[] = [0, 1, 2, 3, 'pooled'];
const VIEW: View = { split: 'train', strategy: 'standard', number: 1 };

const read = (source: FeatureSource, cut: Cut, view: View = VIEW): Promise<Float32Array> => readAll(source, cut, view);

const files = async (): Promise<string[]> =>
  (await readdir(root, { recursive: true }))
    .filter((name) => name.endsWith('.features'))
    .map((name) => join(root, name));

describe.each<EngineName>(['onnx', 'cpu'])('on the %s engine', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name);
  });
  afterAll(() => engine.dispose());

  const cases = Object.keys(PRESETS).flatMap((strategy) =>
    (['float32', 'float16'] as const).map((precision) => [strategy, precision] as const),
  );
  it.each(cases)(
    'cached features are the bits of fresh ones at every cut, strategy %s, %s',
    async (strategy, precision) => {
      const { stored, fresh } = await openSigns(engine, root, { precision });
      for (const cut of CUTS) {
        for (const number of [0, 1]) {
          const view: View = { split: 'train', strategy, number: strategy === 'none' ? 0 : number };
          const expected = await read(fresh, cut, view);
          expect(expected.some((value) => value !== 0)).toBe(true);
          expect(await read(stored, cut, view)).toEqual(expected);
        }
      }
    },
  );
});

describe('features in memory that threads share', () => {
  it('are computed by one thread and read from no file by the others', async () => {
    const engine = await openEngine('onnx');
    const [one, other] = [
      await openSigns(engine, join(root, 'one'), { shared: true }),
      await openSigns(engine, join(root, 'other'), { shared: true }),
    ];
    const expected = await read(one.stored, 2);
    const chunks = other.features.chunksOf(2, VIEW, 'float32');
    await eventually(() => expect(chunks.every((chunk) => other.features.store.inMemory(chunk))).toBe(true));
    expect(await read(other.stored, 2)).toEqual(expected);
    expect([one.counter.computed, other.counter.computed]).toEqual([40, 0]);
    expect(await readdir(root)).toEqual(['one']);
    await engine.dispose();
  });
});

describe('cached features', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('onnx');
  });
  afterAll(() => engine.dispose());

  it('are computed once, for all trials, cuts and later studies', async () => {
    const first = await openSigns(engine, root);
    for (const cut of [2, 'pooled', 3, 1, 2] as const) await read(first.stored, cut);
    expect(first.counter).toMatchObject({ computed: 40 });
    const second = await openSigns(engine, root);
    for (const cut of [1, 2, 3, 'pooled'] as const) await read(second.stored, cut);
    expect(second.counter).toMatchObject({ computed: 0 });
  });

  it('are cached below other cuts where a trial will need them, and resume from the nearest cached layer', async () => {
    const blocks = ([2, 'pooled'] as const).map((cut) => ({ cut, view: VIEW }));
    const first = await openSigns(engine, root, { blocks });
    await read(first.stored, 'pooled');
    const [pooled, second, third] = (['pooled', 2, 3] as const).map((cut) =>
      first.features.chunksOf(cut, VIEW, 'float32'),
    );
    const kept = await Promise.all(
      [pooled, second, third].map((chunks) => first.features.store.isOnDisk(chunks?.[0] as Chunk)),
    );
    expect(kept).toEqual([true, true, false]);
    for (const file of await files()) if (file.includes(pooled?.[0]?.digest ?? '')) await rm(file);
    const after = await openSigns(engine, root, { blocks });
    expect(await read(after.stored, 'pooled')).toEqual(await read(after.fresh, 'pooled'));
    expect(after.counter.computed).toBe(40);
  });

  it('take half the bytes in half precision', async () => {
    const sizes: number[] = [];
    for (const precision of ['float32', 'float16'] as const) {
      const { stored, folder } = await openSigns(engine, join(root, precision), { precision });
      await read(stored, 1);
      sizes.push((await folder.list()).reduce((sum, { bytes }) => sum + bytes, 0));
    }
    expect((sizes[1] as number) / (sizes[0] as number)).toBeLessThan(0.65);
  });

  it('are prefetched to disk while another worker computes what the trial waits for', async () => {
    const blocks = [0, 1].map((number) => ({ cut: 'pooled' as const, view: { ...VIEW, number } }));
    const { features, stored, fresh, folder, counter } = await openSigns(engine, root, { blocks });
    const [first, second] = blocks.map(({ cut, view }) => features.chunksOf(cut, view, 'float32'));
    const claims: FileLock[] = [];
    for (const { digest } of first ?? []) {
      claims.push(claimChunk(await folder.prepare(digest)) as FileLock);
    }
    const reading = read(stored, 'pooled', blocks[0]?.view);
    for (const chunk of second ?? []) {
      await eventually(async () => expect(await features.store.isOnDisk(chunk)).toBe(true));
      expect(features.store.inMemory(chunk)).toBeUndefined();
    }
    for (const claim of claims) claim.release();
    expect(await reading).toEqual(await read(fresh, 'pooled', blocks[0]?.view));
    const computed = counter.computed;
    await read(stored, 'pooled', blocks[1]?.view);
    expect(counter.computed).toBe(computed);
  });

  it('differ by view, strategy, split and network', async () => {
    const { stored } = await openSigns(engine, root);
    const other = await openSigns(engine, root, { network: 'another' });
    const sums = [
      await read(stored, 'pooled'),
      await read(stored, 'pooled', { ...VIEW, number: 2 }),
      await read(stored, 'pooled', { ...VIEW, strategy: 'strong' }),
      await read(stored, 'pooled', { ...VIEW, split: 'validation' }),
    ].map((features) => features.reduce((sum, value) => sum + value, 0));
    expect(new Set(sums).size).toBe(4);
    await read(other.stored, 'pooled');
    expect(other.counter.computed).toBe(40);
  });

  it('are read one by one where they do not fit into memory', async () => {
    const { stored, fresh, counter } = await openSigns(engine, root, { memory: 1000 });
    const expected = await read(fresh, 2);
    counter.computed = 0;
    await read(stored, 2);
    expect(await read(stored, 2)).toEqual(expected);
    expect(counter.computed).toBe(40);
  });

  it('are computed by two workers together, each its part', async () => {
    const workers = await Promise.all([0, 0.5].map((start) => openSigns(engine, root, { start })));
    const [a, b] = await Promise.all(workers.map(({ stored }) => read(stored, 2)));
    expect(a).toEqual(b);
    const computed = workers.map(({ counter }) => counter.computed);
    expect((computed[0] as number) + (computed[1] as number)).toBe(40);
    expect(Math.min(...computed)).toBeGreaterThan(0);
  });

  it.each<[string, (file: string) => Promise<void>]>([
    ['cut off', async (file) => truncate(file, (await stat(file)).size - 5)],
    ['empty', (file) => truncate(file, 0)],
    ['cut off in the header', (file) => truncate(file, 40)],
    [
      'replaced by text',
      (file) => writeFile(file, 'not features at all, but long enough to hold a header of some sort'),
    ],
    [
      'altered in one bit',
      async (file) => {
        const handle = await open(file, 'r+');
        const { size } = await handle.stat();
        const byte = Buffer.alloc(1);
        await handle.read(byte, 0, 1, size - 9);
        byte[0] = (byte[0] as number) ^ 4;
        await handle.write(byte, 0, 1, size - 9);
        await handle.close();
      },
    ],
  ])('are computed again where a file is %s', async (_, damage) => {
    for (const memory of [1e8, 1000]) {
      const before = await openSigns(engine, root, { memory });
      const expected = await read(before.stored, 2);
      for (const file of await files()) await damage(file);
      const after = await openSigns(engine, root, { memory });
      expect(await read(after.stored, 2)).toEqual(expected);
    }
  });

  it('are taken over from a writer that was killed', async () => {
    const { stored, folder } = await openSigns(engine, root);
    await read(stored, 2);
    for (const file of await files()) {
      await rm(file);
      await writeFile(`${file}.claim`, JSON.stringify({ token: 'left', owner: { ...identityOf(), pid: 2 ** 30 } }));
      await writeFile(`${file}.123-4.tmp`, 'half a file');
    }
    const after = await openSigns(engine, root);
    expect(await read(after.stored, 2)).toEqual(await read(after.fresh, 2));
    expect((await folder.list()).length).toBeGreaterThan(0);
  });

  it('stay within the budget: the least recently used are removed first', async () => {
    const budget = 60_000;
    const { stored, folder, fresh } = await openSigns(engine, root, { budget, memory: 0 });
    for (let number = 0; number < 6; number++) {
      const view = { ...VIEW, number };
      expect(await read(stored, 'pooled', view)).toEqual(await read(fresh, 'pooled', view));
    }
    const kept = (await folder.list()).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(kept).toBeLessThanOrEqual(1.2 * budget);
    await folder.shrinkTo(0);
    expect(await files()).toEqual([]);
    expect(await read(stored, 'pooled')).toEqual(await read(fresh, 'pooled'));
  });

  it('are computed as needed where they would not fit the budget, with a warning', async () => {
    const { stored, fresh, warnings } = await openSigns(engine, root, { budget: 10_000 });
    expect(await read(stored, 1)).toEqual(await read(fresh, 1));
    expect(warnings).toEqual([
      expect.stringContaining('features at cut 1 are not cached: a trial needs 10240 bytes, the budget is 10000'),
    ]);
    expect(await files()).toEqual([]);
  });

  it('are computed as needed where the folder cannot be written to, with a warning', async () => {
    await writeFile(join(root, 'occupied'), 'a file where a folder should be');
    const { stored, fresh, warnings } = await openSigns(engine, join(root, 'occupied'));
    expect(await read(stored, 2)).toEqual(await read(fresh, 2));
    expect(warnings).toEqual([expect.stringMatching(/^features cannot be cached and are computed again each time: /)]);
  });
});
