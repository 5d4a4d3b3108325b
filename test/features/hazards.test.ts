// No wrong feature is ever read: writers are killed, disks run full, processes race for the same files.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import type { FeatureSource } from '../../src/features/features.js';
import { readAll } from './support/read-all.js';
import { openSigns } from './support/signs.js';

const READER = fileURLToPath(new URL('support/read-features.ts', import.meta.url));
const VIEWS = 6;
const IMAGES = 40;

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx');
});
afterAll(() => engine.dispose());

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hpo-hazards-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function reader(start: number): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', READER, root, String(start)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function outputOf(child: ChildProcess): Promise<{ digest: string; computed: number }> {
  let text = '';
  child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  await new Promise((done) => child.on('close', done));
  return JSON.parse(text) as { digest: string; computed: number };
}

async function digestOf(source: FeatureSource): Promise<string> {
  const hash = createHash('sha256');
  for (let number = 0; number < VIEWS; number++) {
    const features = await readAll(source, 'pooled', { split: 'train', strategy: 'strong', number });
    hash.update(new Uint8Array(features.buffer));
  }
  return hash.digest('hex');
}

async function files(): Promise<string[]> {
  const names = await readdir(root, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.features'));
}

describe('cached features', () => {
  it('are right after writers were killed in the middle, again and again', { timeout: 240_000 }, async () => {
    for (const enough of [1, 4, 9]) {
      const child = reader(0.3);
      while ((await files()).length < enough && child.exitCode === null)
        await new Promise((done) => setImmediate(done));
      child.kill('SIGKILL');
      await new Promise((done) => child.on('close', done));
    }
    const { stored, fresh } = await openSigns(engine, root);
    expect(await digestOf(stored)).toBe(await digestOf(fresh));
  });

  it(
    'are computed once by two processes that race for them, and are the same in both',
    { timeout: 240_000 },
    async () => {
      const [a, b] = await Promise.all([0, 0.5].map((start) => outputOf(reader(start))));
      const { fresh } = await openSigns(engine, root);
      expect(a?.digest).toBe(await digestOf(fresh));
      expect(b?.digest).toBe(a?.digest);
      expect((a?.computed ?? 0) + (b?.computed ?? 0)).toBe(VIEWS * IMAGES);
    },
  );

  it('are right on a full disk, with a warning', async ({ skip }) => {
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', root]);
    if (mount.status !== 0) skip('a small file system cannot be mounted here');
    try {
      const { stored, fresh, warnings } = await openSigns(engine, root);
      expect(await digestOf(stored)).toBe(await digestOf(fresh));
      expect(warnings).toEqual([
        expect.stringMatching(/^features cannot be cached and are computed again each time: .*ENOSPC/),
      ]);
      expect((await readdir(root, { recursive: true })).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    } finally {
      spawnSync('umount', [root]);
    }
    expect(existsSync(root)).toBe(true);
  });
});
