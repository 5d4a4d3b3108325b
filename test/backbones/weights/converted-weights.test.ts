// Weights kept after they were read from another format: never other ones than those of the file.
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { initialise } from '../../../src/backbones/initialise.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import type { HostTensor } from '../../../src/graph/host-tensor.js';
import { weightsDigest } from '../../../src/backbones/weights/digest.js';
import { convertedWeights } from '../../../src/backbones/weights/converted-weights.js';
import { temporaryFolder } from './temporary-folder.js';

const backbone = getBackbone('quicknet');
const weightsOf = (seed: number): Map<string, HostTensor> => initialise(backbone, RandomStream.of(seed));
/** As much of them as must be equal; their numbers one by one take seconds. */
const look = (weights: ReadonlyMap<string, HostTensor>): object => ({
  digest: weightsDigest(weights),
  roles: [...weights].map(([name, { role, shape }]) => [name, role, shape]),
});
const [first, second] = [look(weightsOf(1)), look(weightsOf(2))];

let source: string;
let cache: string;

beforeEach(() => {
  const folder = temporaryFolder();
  source = join(folder, 'weights.h5');
  cache = join(folder, 'cache');
  vi.stubEnv('HPO_CACHE', cache);
  writeFileSync(source, 'some file');
});

afterEach(() => void vi.unstubAllEnvs());

/** What is given, and whether the file was read for it. */
async function ask(seed: number): Promise<{ weights: object; wasRead: boolean }> {
  const read = vi.fn(() => Promise.resolve(weightsOf(seed)));
  const weights = look(await convertedWeights(backbone, source, read));
  return { weights, wasRead: read.mock.calls.length > 0 };
}

function keptFile(): string {
  const folder = join(cache, 'weights', 'read');
  return join(folder, readdirSync(folder)[0] as string);
}

describe('convertedWeights', () => {
  it('reads a file once, and gives the same numbers, shapes and roles again', async () => {
    expect(await ask(1)).toEqual({ weights: first, wasRead: true });
    expect(await ask(2)).toEqual({ weights: first, wasRead: false });
  });

  it('reads a file anew that has changed', async () => {
    await ask(1);
    writeFileSync(source, 'another file');
    expect(await ask(2)).toEqual({ weights: second, wasRead: true });
    expect(await ask(3)).toEqual({ weights: second, wasRead: false });
  });

  it('reads the file anew where a byte of what was kept is another', async () => {
    await ask(1);
    const bytes = readFileSync(keptFile());
    for (const at of [3, 40, bytes.length - 5]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 1;
      writeFileSync(keptFile(), damaged);
      expect((await ask(1)).weights, `byte ${at}`).toEqual(first);
    }
  });

  it('reads the file anew where what was kept is cut off', async () => {
    await ask(1);
    truncateSync(keptFile(), 5000);
    expect(await ask(1)).toEqual({ weights: first, wasRead: true });
  });

  it('reads the file anew where the backbone has other parameters now', async () => {
    await ask(1);
    const [stem, ...others] = backbone.blocks;
    const [layer, ...rest] = stem?.layers ?? [];
    const renamed = { ...layer, name: 'renamed' } as NonNullable<typeof layer>;
    const changed = {
      ...backbone,
      blocks: [{ ...stem, layers: [renamed, ...rest] } as typeof stem & object, ...others],
    };
    const read = vi.fn(() => Promise.resolve(weightsOf(2)));
    expect(look(await convertedWeights(changed, source, read))).toEqual(second);
    expect(read).toHaveBeenCalledOnce();
  });

  it('does without where nothing can be kept', async () => {
    writeFileSync(cache, 'no folder');
    expect(await ask(1)).toEqual({ weights: first, wasRead: true });
    expect(await ask(1)).toEqual({ weights: first, wasRead: true });
  });

  it('fails as reading does', async () => {
    const failing = convertedWeights(backbone, source, () => Promise.reject(new Error('torn')));
    await expect(failing).rejects.toThrow('torn');
  });

  it('serves several at once', async () => {
    const all = await Promise.all([ask(1), ask(1), ask(1)]);
    expect(all.map(({ weights }) => weights)).toEqual([first, first, first]);
    expect((await ask(2)).weights).toEqual(first);
  });
});
