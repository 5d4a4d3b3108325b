// Errors of the operating system, in words.
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { messageOf } from '../../src/study/errors.js';

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}

it('say what is wrong, where, and keep the code', () => {
  const nowhere = join(tmpdir(), 'hpo-nowhere');
  expect(messageOf(thrownBy(() => readFileSync(nowhere)))).toBe(`there is no such file or folder: ${nowhere} (ENOENT)`);
  expect(messageOf(thrownBy(() => readFileSync(tmpdir())))).toBe(
    'a folder is there, where a file was expected (EISDIR)',
  );
  const file = new URL(import.meta.url);
  expect(messageOf(thrownBy(() => readdirSync(file)))).toMatch(
    /^a file is there, where a folder was expected: .* \(ENOTDIR\)$/,
  );
});

it('other errors keep their own message', () => {
  expect(messageOf(new Error('no disk at all'))).toBe('no disk at all');
  expect(messageOf(Object.assign(new Error('EODD: odd'), { code: 'EODD', syscall: 'open' }))).toBe('EODD: odd');
  expect(messageOf('text')).toBe('text');
});
