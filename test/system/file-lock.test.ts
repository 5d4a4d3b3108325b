// A lock as a file. How processes contend for one: test/store/study-lock.test.ts.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { FileLock, HeldError } from '../../src/system/file-lock.js';

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'hpo-file-lock-')), 'claim');
const longAgo = new Date(Date.now() - 60_000);

describe('a lock with patience', () => {
  it('is taken over once its owner gave no sign of life for so long', () => {
    const path = newPath();
    const silent = FileLock.acquire(path);
    expect(FileLock.tryAcquire(path, { patience: 20_000 })).toBeUndefined();
    utimesSync(path, longAgo, longAgo);
    const heir = FileLock.tryAcquire(path, { patience: 20_000 });
    expect(heir?.wasLeftBehind).toBe(true);
    silent.release();
    expect(FileLock.tryAcquire(path, { patience: 20_000 })).toBeUndefined();
    heir?.release();
  });

  it('is not taken over by those without patience while the process lives', () => {
    const path = newPath();
    const lock = FileLock.acquire(path);
    utimesSync(path, longAgo, longAgo);
    expect(() => FileLock.acquire(path)).toThrow(HeldError);
    lock.release();
  });
});

describe('something that is no lock, in its place', () => {
  it.skipIf(process.platform === 'win32')('a pipe is held by nobody, and is not taken', () => {
    const path = newPath();
    execFileSync('mkfifo', [path]);
    expect(FileLock.holder(path)).toBeUndefined();
    expect(() => FileLock.acquire(path)).toThrow('expected a file, got a named pipe');
  });

  it("a person's folder is held by nobody, and is not taken", () => {
    const path = newPath();
    mkdirSync(path);
    writeFileSync(join(path, 'thesis.txt'), '');
    expect(FileLock.holder(path)).toBeUndefined();
    expect(() => FileLock.acquire(path)).toThrow('expected a file, got a folder with thesis.txt in it');
  });
});

it('a lock ends with the thread that holds it', async () => {
  const path = newPath();
  const source = new URL('../../src/system/file-lock.ts', import.meta.url).href;
  const worker = new Worker(
    `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(import.meta.url)}))
      .then(({ FileLock }) => FileLock.acquire(${JSON.stringify(path)}))
      .then(() => require('node:worker_threads').parentPort.postMessage('held'))`,
    { eval: true },
  );
  await new Promise((resolve) => worker.once('message', resolve));
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ owner: { pid: process.pid } });
  expect(FileLock.tryAcquire(path)).toBeUndefined();
  await new Promise((resolve) => worker.once('exit', resolve));
  FileLock.acquire(path).release();
});
