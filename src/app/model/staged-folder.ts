// A folder that appears whole or not at all: filled beside its place, then renamed.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { shortPath } from '../../system/short-path.js';

/** What every exported model has, and hardly anything else. */
const MARK = 'model-card.md';

/** Throws ERR_USAGE where something is at `out` already, unless it is an empty folder or `force` replaces an earlier model. */
export function checkOut(out: string, force: boolean): void {
  const found = statSync(out, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory() && readdirSync(out).length === 0) return;
  const isModel = existsSync(join(out, MARK));
  if (force && isModel) return;
  const what = found.isDirectory() ? 'a folder that is not empty' : 'a file';
  throw new HpoError(
    'ERR_USAGE',
    `expected a new or empty folder at --out, got ${what}: ${shortPath(resolve(out))}${isModel ? ' (--force replaces it)' : ''}`,
  );
}

/** The place beside `out` where it is made. */
export function stagingOf(out: string): string {
  return `${resolve(out)}.partial`;
}

/** Puts what was made at `stagingOf(out)` into place, instead of what is there. */
export async function moveIntoPlace(out: string): Promise<void> {
  const target = resolve(out);
  const replaced = `${target}.replaced`;
  await mkdir(dirname(target), { recursive: true });
  await rm(replaced, { recursive: true, force: true });
  if (existsSync(target)) await rename(target, replaced);
  await rename(stagingOf(out), target);
  await rm(replaced, { recursive: true, force: true });
}
