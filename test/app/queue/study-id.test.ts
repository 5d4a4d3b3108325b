// The id by which workers know a study stays with its run, and a copy of the run is another study.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isFolderOf, studyIdIn } from '../../../src/app/queue/study-id.js';

let folder: string;
let run: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hpo-study-id-'));
  run = join(folder, 'run');
  mkdirSync(run);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is drawn for a new run, and kept when the run goes on', () => {
  const study = studyIdIn(run, true);
  expect(studyIdIn(run, false)).toBe(study);
  expect(isFolderOf(join(run, 'trials'), study)).toBe(true);
  expect(studyIdIn(run, true)).not.toBe(study);
});

it('is another one for a copy of the run: two controllers never share workers', () => {
  const study = studyIdIn(run, true);
  const copy = join(folder, 'copy');
  cpSync(run, copy, { recursive: true });
  const other = studyIdIn(copy, false);
  expect(other).not.toBe(study);
  expect(studyIdIn(copy, false)).toBe(other);
  expect(studyIdIn(run, false)).toBe(study);
});

it('of an earlier version is kept, though its file does not say where it was written', () => {
  writeFileSync(join(run, 'queue.json'), '{"study":"earlier"}\n');
  expect(studyIdIn(run, false)).toBe('earlier');
  expect(studyIdIn(run, false)).toBe('earlier');
});
