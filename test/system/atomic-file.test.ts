// Files that are replaced whole or not at all.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeAtomically } from '../../src/system/atomic-file.js';
import { temporaryFolder } from '../trainer/weights/temporary-folder.js';

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

  it('lets two writers of one file at once both end, with the content of one', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'a');
    await Promise.all(['x', 'y'].map((text) => writeAtomically(file, [Buffer.from(text.repeat(1e5))])));
    expect(['x', 'y'].map((text) => text.repeat(1e5))).toContain(readFileSync(file, 'utf8'));
    expect(readdirSync(folder)).toEqual(['a']);
  });
});
