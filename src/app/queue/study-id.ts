// The id by which workers know a study: kept with its run, so that a controller that is started again is known to them.
import { randomUUID } from 'node:crypto';
import { realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readRegularFileSync } from '../../system/regular-file.js';

/** Beside the folder of trials. A worker that reads the study's id in it sees the same folder as the controller. */
const ID_FILE = 'queue.json';

/** `root`: the folder in which it was written. A copy elsewhere is another study. */
const schema = z.object({ study: z.string().min(1), root: z.string().optional() });

/** The folder that says which attempt each trial's folder belongs to. @param trials the folder of trials. */
export function claimsBeside(trials: string): string {
  return join(dirname(trials), 'claims');
}

/** @param isNew the run has no events yet: what workers still know of an earlier one is none of its own. A copied run gets an id of its own. */
export function studyIdIn(root: string, isNew: boolean): string {
  const file = join(root, ID_FILE);
  const here = realpathSync(root);
  const known = isNew ? undefined : readId(file);
  if (known?.root === here) return known.study;
  // Files of earlier versions do not say where they were written.
  const study = known !== undefined && known.root === undefined ? known.study : randomUUID().slice(0, 13);
  writeFileSync(file, `${JSON.stringify({ study, root: here })}\n`);
  return study;
}

/** Whether this folder of trials is the one of that study. */
export function isFolderOf(trials: string, study: string): boolean {
  return readId(join(dirname(trials), ID_FILE))?.study === study;
}

/** Of the file. */
const MOST_BYTES = 1e4;

function readId(file: string): z.output<typeof schema> | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(readRegularFileSync(file, MOST_BYTES).toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
