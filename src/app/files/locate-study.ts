// From what a person types to a study: a study.json, its folder, or the folder of its run.
import { must } from '../../system/must.js';
import { type Stats, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type RunLayout, layoutAt, layoutOf } from '../../store/run-layout.js';
import { HpoError, messageOf } from '../../study/errors.js';

export interface StudyPlace {
  readonly layout: RunLayout;
  /** The study file, where it is known and exists. */
  readonly file?: string;
}

/** @throws HpoError ERR_STUDY_NOT_FOUND, saying what was looked for. */
export function locateStudy(text: string): StudyPlace {
  const path = resolve(text);
  const kind = statOf(path);
  if (kind?.isFile() === true) return { file: path, layout: layoutOf(path) };
  if (kind?.isDirectory() !== true) throw notFound(text, path);
  if (isRun(path)) return runPlace(path);
  const studyFile = join(path, 'study.json');
  if (existsSync(studyFile)) return { file: studyFile, layout: layoutOf(studyFile) };
  const runs = readdirSync(path)
    .filter((name) => name.endsWith('.run') && isRun(join(path, name)))
    .sort();
  if (runs.length === 1) return runPlace(join(path, must(runs[0], 'a run')));
  if (runs.length > 1) {
    throw new HpoError(
      'ERR_STUDY_NOT_FOUND',
      `expected one study in ${text}, got ${runs.join(', ')}: name one of them`,
    );
  }
  throw new HpoError('ERR_STUDY_NOT_FOUND', `expected a study.json or a run in ${text}, got neither`);
}

/** Undefined where nothing is there, or a file stands in the way of the path. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new HpoError(
      'ERR_STUDY_NOT_FOUND',
      `expected a study.json, its folder or its run folder, got ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** The study file itself: what can be run. */
export function locateStudyFile(text: string): string {
  const { file } = locateStudy(text);
  if (file !== undefined) return file;
  throw new HpoError(
    'ERR_STUDY_NOT_FOUND',
    `expected a study.json at ${text}, got a run folder without its study file`,
  );
}

/** Whether a folder is that of a run. */
export function isRun(folder: string): boolean {
  return existsSync(join(folder, 'journal.jsonl'));
}

/** The study whose run lies in this folder. */
export function runPlace(root: string): StudyPlace {
  const file = root.replace(/\.run$/, '.json');
  return { layout: layoutAt(root), ...(file !== root && existsSync(file) ? { file } : {}) };
}

function notFound(text: string, path: string): HpoError {
  const near = [`${path}.json`, join(dirname(path), 'study.json')].find((candidate) => existsSync(candidate));
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return new HpoError(
    'ERR_STUDY_NOT_FOUND',
    `expected a study.json, its folder or its run folder, got nothing at ${text}${hint}`,
  );
}
