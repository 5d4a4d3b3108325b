// Files that are replaced whole or not at all.
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { writeAtomically } from '../../src/system/atomic-file.js';
import { EXEC_ARGV } from '../../src/system/program-file.js';
import { temporaryFolder } from '../backbones/weights/temporary-folder.js';

describe('writeAtomically', () => {
  it('joins the chunks', async () => {
    const file = join(temporaryFolder(), 'a');
    await writeAtomically(file, [Buffer.from('one '), Buffer.from('two')]);
    expect(readFileSync(file, 'utf8')).toBe('one two');
  });

  it('leaves the old content and nothing else when a chunk fails', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'a');
    writeFileSync(file, 'old');
    const chunks = function* (): Generator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('disk on fire');
    };
    await expect(writeAtomically(file, chunks())).rejects.toThrow('disk on fire');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('lets two threads, whose counters agree, write one file at once', async () => {
    const folder = temporaryFolder();
    const workerData = { file: join(folder, 'a'), times: 300 };
    const start = (): Worker =>
      new Worker(new URL('./support/writing-thread.ts', import.meta.url), { execArgv: EXEC_ARGV, workerData });
    const ends = await Promise.all([start(), start()].map((thread) => once(thread, 'message')));
    expect(ends).toEqual([[300], [300]]);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('lets two writers of one file at once both end, with the content of one', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'a');
    await Promise.all(['x', 'y'].map((text) => writeAtomically(file, [Buffer.from(text.repeat(1e5))])));
    expect(['x', 'y'].map((text) => text.repeat(1e5))).toContain(readFileSync(file, 'utf8'));
    expect(readdirSync(folder)).toEqual(['a']);
  });
});
