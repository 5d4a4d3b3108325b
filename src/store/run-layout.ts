// Where a study's files lie: a folder beside the study file.
import { basename, dirname, join, resolve } from 'node:path';

export interface RunLayout {
  /** The run's folder. */
  readonly root: string;
  /** The truth: one event a line. */
  readonly journal: string;
  /** A readable snapshot of it. */
  readonly snapshot: string;
  readonly lock: string;
  /** Sessions, worker output and whatever else is no event; may be deleted. */
  readonly log: string;
  /** One folder for each trial that has something to keep. */
  readonly trials: string;
  /** Earlier runs that `--fresh` moved. */
  readonly earlier: string;
  /** How another process of the same user reaches the one that runs the study; there only while it runs. */
  readonly control: string;
}

export function layoutAt(root: string): RunLayout {
  return {
    root,
    journal: join(root, 'journal.jsonl'),
    snapshot: join(root, 'study.db.json'),
    lock: join(root, 'lock'),
    log: join(root, 'log.txt'),
    trials: join(root, 'trials'),
    earlier: join(root, 'earlier'),
    control: join(root, 'control'),
  };
}

/** `<folder>/<name>.json` runs in `<folder>/<name>.run/`. */
export function layoutOf(studyFile: string): RunLayout {
  const path = resolve(studyFile);
  return layoutAt(join(dirname(path), `${basename(path).replace(/\.json$/i, '')}.run`));
}
