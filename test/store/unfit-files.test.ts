// What is no file, in the place of a file of a run: it is named at once, and neither waited for nor removed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunDirectory } from '../../src/store/run-directory.js';
import { layoutAt } from '../../src/store/run-layout.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hpo-unfit-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const makers = {
  'a named pipe': (path: string) => execFileSync('mkfifo', [path]),
  'a device': (path: string) => symlinkSync('/dev/null', path),
  'a folder': (path: string) => {
    mkdirSync(path);
    writeFileSync(join(path, 'thesis.txt'), 'mine');
  },
};

describe.skipIf(process.platform === 'win32')('in the place of', () => {
  const cases = (['lock', 'journal', 'log'] as const).flatMap((file) =>
    Object.keys(makers).map((kind) => [file, kind] as [typeof file, keyof typeof makers]),
  );

  it.each(cases)('the %s of a run, %s is refused with its place', async (file, kind) => {
    const layout = layoutAt(join(folder, 'study.run'));
    mkdirSync(layout.root);
    makers[kind](layout[file]);
    await expect(RunDirectory.open(layout)).rejects.toMatchObject({
      code: 'ERR_STORE',
      message: expect.stringMatching(new RegExp(`${layout[file]}.*expected a file, got ${kind}`)),
    });
    expect(existsSync(layout[file])).toBe(true);
    if (kind === 'a folder') expect(existsSync(join(layout[file], 'thesis.txt'))).toBe(true);
  });
});
