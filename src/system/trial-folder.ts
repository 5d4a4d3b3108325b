// Makes the folder of a trial, but never that of its run: that one is there, unless it was taken away while the study ran.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Thrown where the run's folder is gone. The code tells it from a failure of the trial. */
export class RunFolderGoneError extends Error {
  override readonly name = 'RunFolderGoneError';
  readonly code = 'ERR_STORE';
}

/** @param folder `<run>/trials/<number>`. @throws RunFolderGoneError; what making a folder throws. */
export function makeTrialFolder(folder: string): void {
  if (existsSync(folder)) return;
  const trials = dirname(folder);
  try {
    makeFolder(trials);
    makeFolder(folder);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
    const run = dirname(trials);
    throw new RunFolderGoneError(`expected the run's folder, got nothing at ${run}: it was moved or deleted`);
  }
}

/** One folder, in one that is there. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
