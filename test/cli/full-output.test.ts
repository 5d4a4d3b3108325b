// Standard output that cannot be written to.
import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

it.skipIf(!existsSync('/dev/full'))('a full disk is said once, without a stack, and the command fails', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', MAIN, 'backbones'], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/^error: could not write to standard output: ENOSPC.*\n$/);
  expect(status).toBe(1);
});
