// A folder that appears whole or not at all.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkOut, moveIntoPlace, stagingOf } from '../../../src/app/model/staged-folder.js';
import { temporaryFolder, writeFiles } from '../../cli/support.js';

let folder: ReturnType<typeof temporaryFolder>;
const out = (): string => join(folder.path, 'deep/model');

beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

it('may be new or empty', () => {
  expect(() => checkOut(out(), false)).not.toThrow();
  mkdirSync(out(), { recursive: true });
  expect(() => checkOut(out(), false)).not.toThrow();
});

it('replaces an earlier model only when told to', () => {
  writeFiles(out(), { 'model-card.md': '' });
  expect(() => checkOut(out(), false)).toThrow('--force replaces it');
  expect(() => checkOut(out(), true)).not.toThrow();
});

it('never replaces anything else', () => {
  writeFiles(out(), { 'thesis.docx': '' });
  expect(() => checkOut(out(), true)).toThrow('a folder that is not empty');
  writeFileSync(join(folder.path, 'file'), '');
  expect(() => checkOut(join(folder.path, 'file'), true)).toThrow('got a file');
});

it('is moved into place instead of what was there', async () => {
  writeFiles(out(), { 'model-card.md': 'old', 'old.bin': '' });
  writeFiles(stagingOf(out()), { 'model-card.md': 'new' });
  await moveIntoPlace(out());
  expect(readFileSync(join(out(), 'model-card.md'), 'utf8')).toBe('new');
  expect([existsSync(join(out(), 'old.bin')), existsSync(stagingOf(out())), existsSync(`${out()}.replaced`)]).toEqual([
    false,
    false,
    false,
  ]);
});
