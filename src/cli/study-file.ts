// Reads a study.json from disk.
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { HpoError, messageOf } from '../study/errors.js';
import { type StudyDefinition, parseStudy } from '../study/schema/parse-study.js';
import { locateStudyFile } from './locate-study.js';
import { shortPath } from './short-path.js';

export interface StudyFromFile {
  /** Absolute. */
  readonly file: string;
  /** The file's folder; relative paths in the file start from here. */
  readonly directory: string;
  readonly definition: StudyDefinition;
}

/** @throws HpoError ERR_STUDY_NOT_FOUND; ERR_STUDY_INVALID with every problem of the file. */
export function readStudyFile(text: string): StudyFromFile {
  const file = locateStudyFile(text);
  const directory = dirname(file);
  const definition = parseStudy(readText(file), shortPath(file), defaultName(file));
  return { file, directory, definition };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HpoError('ERR_STUDY_NOT_FOUND', `expected a file that can be read, got ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The folder's name for a study.json, the file's own name for any other. */
function defaultName(file: string): string {
  const own = basename(file).replace(/\.json$/i, '');
  return own === 'study' ? basename(dirname(file)) || own : own;
}
