// Finds the runs of studies below a folder.
import { type Dirent, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { type StudyPlace, isRun, locateStudy, runPlace } from './locate-study.js';

/** Folders that hold no studies of the user's, and can be very large. */
const PASSED_OVER = new Set(['node_modules', '.git']);
const MAX_DEPTH = 8;

export interface FoundRun {
  /** As messages call it: relative to the folder that was searched. */
  readonly name: string;
  readonly place: StudyPlace;
}

/**
 * Sorted by path. Links are not followed. A study file, or a run, stands for its run.
 * @throws HpoError ERR_USAGE where the folder cannot be read.
 */
export async function findRuns(folder: string): Promise<FoundRun[]> {
  if (isFile(folder) || isRun(folder)) {
    const place = locateStudy(folder);
    const { root } = place.layout;
    return isRun(root) ? [{ name: relative('.', root) || '.', place }] : [];
  }
  const found: FoundRun[] = [];
  await search('', 0);
  return found;

  async function search(below: string, depth: number): Promise<void> {
    for (const entry of await entriesOf(join(folder, below), depth === 0)) {
      if (!entry.isDirectory() || PASSED_OVER.has(entry.name)) continue;
      const name = join(below, entry.name);
      const root = resolve(folder, name);
      if (isRun(root)) found.push({ name, place: runPlace(root) });
      else if (depth < MAX_DEPTH) await search(name, depth + 1);
    }
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // reading it as a folder says why
  }
}

async function entriesOf(path: string, isRoot: boolean): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (!isRoot) return [];
    throw new HpoError('ERR_USAGE', `expected a folder that can be read, got ${path}`, { cause: error });
  }
}
