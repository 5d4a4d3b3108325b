// Makes the folder of a trial, but never that of its run: that one is there, unless it was taken away while the study ran.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Thrown where the run's folder is gone, or the system refuses to write there. The code tells it from a failure of the trial. */
export class RunFolderError extends Error {
  override readonly name = 'RunFolderError';
  readonly code = 'ERR_STORE';
}

/** Writes something below a run's folder. @throws RunFolderError where the system refuses: a full, damaged or read-only disk. */
export async function writingToRun(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw isRefusal(error) ? refusalOf(error) : error;
  }
}

/** @param folder `<run>/trials/<number>`. @throws RunFolderError */
export function makeTrialFolder(folder: string): void {
  if (existsSync(folder)) return;
  const trials = dirname(folder);
  try {
    makeFolder(trials);
    makeFolder(folder);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw isRefusal(error) ? refusalOf(error) : error;
    const run = dirname(trials);
    throw new RunFolderError(`expected the run's folder, got nothing at ${run}: it was moved or deleted`);
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

function refusalOf(error: Error): RunFolderError {
  return new RunFolderError(`could not write to the run's folder: ${error.message}`, { cause: error });
}

/** Whether the operating system said no. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
