// hpo cache: what is kept is shown, and goes where that is asked for.
import { writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEngine } from '../../src/engines/open-engine.js';
import { openSigns } from '../features/support/signs.js';
import { sizeOf } from '../../src/graph/host-tensor.js';
import { hpo, temporaryFolder } from './support.js';

let cache: ReturnType<typeof temporaryFolder>;
beforeEach(async () => {
  cache = temporaryFolder();
  vi.stubEnv('HPO_CACHE', cache.path);
  const engine = await openEngine('onnx');
  const { stored } = await openSigns(engine, join(cache.path, 'features'));
  const block = await stored.open('pooled', { split: 'train', strategy: 'flip', number: 0 });
  await block.gather([0], new Float32Array(sizeOf(block.shape)));
  await engine.dispose();
});
afterEach(() => {
  vi.unstubAllEnvs();
  cache.remove();
});

const files = async (): Promise<number> =>
  (await readdir(join(cache.path, 'features'), { recursive: true })).filter((name) => name.endsWith('.features'))
    .length;

describe('hpo cache', () => {
  it('shows what is kept by study, network and cut, files that nothing reads apart', async () => {
    await mkdir(join(cache.path, 'features', 'ff'), { recursive: true });
    writeFileSync(join(cache.path, 'features', 'ff', 'ffff.features'), 'no features');
    const { code, out } = await hpo('cache');
    expect(code).toBe(0);
    expect(out).toMatch(/signs +toy, 16 px +pooled +3 /);
    expect(out).toMatch(/signs +toy, 16 px +cut 1 +3 /);
    expect(out).toMatch(/not readable +– +– +1 +11 B/);
  });

  it('is the same for programs', async () => {
    const { kept, bytes } = JSON.parse((await hpo('cache', '--json')).out) as {
      kept: { cut: string; bytes: number }[];
      bytes: number;
    };
    expect(kept.map(({ cut }) => cut).sort()).toEqual(['cut 1', 'pooled']);
    expect(bytes).toBe(kept.reduce((sum, one) => sum + one.bytes, 0));
  });

  it('clears everything, a study, or down to a budget', async () => {
    expect((await hpo('cache', '--clear', '--study', 'another')).out).toBe('removed 0 files, 0 B');
    expect(await files()).toBe(6);
    await hpo('cache', '--budget', '4kB');
    expect(await files()).toBeLessThan(6);
    expect(await files()).toBeGreaterThan(0);
    expect((await hpo('cache', '--clear', '--study', 'signs')).code).toBe(0);
    expect(await files()).toBe(0);
  });

  it('refuses what is no size, and two ways at once', async () => {
    expect((await hpo('cache', '--budget', 'much')).code).toBe(2);
    expect((await hpo('cache', '--budget', '1GB', '--clear')).code).toBe(2);
  });
});
