// A lock on a file system without hard links, as exFAT and many network drives are.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import type * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { FileLock, HeldError } from '../../src/system/file-lock.js';

const refusal = vi.hoisted(() => ({ code: 'EPERM' }));
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof fs>()),
  linkSync: () => {
    throw Object.assign(new Error(`${refusal.code}: link`), { code: refusal.code });
  },
}));

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'hpo-no-links-')), 'lock');

function leaveFolder(path: string, claim: string): void {
  mkdirSync(path);
  writeFileSync(join(path, 'claim'), claim);
}

describe.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])('where a hard link gives %s', (code) => {
  it('a lock is held, names its process, and is gone when it is released', () => {
    refusal.code = code;
    const path = newPath();
    const lock = FileLock.acquire(path);
    expect(lock.wasLeftBehind).toBe(false);
    expect(JSON.parse(readFileSync(join(path, 'claim'), 'utf8'))).toMatchObject({ owner: { pid: process.pid } });
    expect(FileLock.holder(path)?.pid).toBe(process.pid);
    expect(() => FileLock.acquire(path)).toThrow(HeldError);
    expect(FileLock.tryAcquire(path)).toBeUndefined();
    lock.release();
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});

it('a lock that was left behind is taken over, whether it is a file, a folder, or what a power cut left of one', () => {
  refusal.code = 'EPERM';
  const dead = JSON.stringify({ token: 'left', owner: { pid: 4194303, host: hostname(), started: 'boot/1' } });
  for (const leave of [
    (path: string) => writeFileSync(path, dead),
    (path: string) => leaveFolder(path, dead),
    (path: string) => leaveFolder(path, ''),
    (path: string) => mkdirSync(path),
  ]) {
    const path = newPath();
    leave(path);
    const lock = FileLock.acquire(path);
    expect(lock.wasLeftBehind).toBe(true);
    lock.release();
    expect(readdirSync(dirname(path))).toEqual([]);
  }
});

it('any other error of the disk is told as it is', () => {
  refusal.code = 'ENOSPC';
  const path = newPath();
  expect(() => FileLock.acquire(path)).toThrow('ENOSPC');
  expect(readdirSync(dirname(path))).toEqual([]);
});
