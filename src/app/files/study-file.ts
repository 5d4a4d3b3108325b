// A study to run: read from its study.json, or given as what such a file would say.
import { basename, dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { HpoError, messageOf } from '../../study/errors.js';
import { type StudyDefinition, parseStudy } from '../../study/schema/parse-study.js';
import type { studySchema } from '../../study/schema/study-schema.js';
import { locateStudyFile } from './locate-study.js';
import { shortPath } from '../../system/short-path.js';
import { readRegularFileSync } from '../../system/regular-file.js';

/** A study.json as a person writes it. */
export type StudyInput = z.input<typeof studySchema>;

/** A path (a study.json, or the folder that holds it), or what such a file would say. */
export type StudySource = string | StudyInput;

export interface StudyFromFile {
  /** Absolute. Of a study that was given as an object: where its file would lie. */
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

/**
 * @param directory of a study that is given as an object: where relative paths start, and where its run lies.
 * @throws HpoError ERR_STUDY_NOT_FOUND, ERR_STUDY_INVALID.
 */
export function readStudySource(source: StudySource, directory = '.'): StudyFromFile {
  if (typeof source === 'string') return readStudyFile(source);
  const folder = resolve(directory);
  const definition = parseStudy(JSON.stringify(source), 'the study', 'study');
  const file = join(folder, `${definition.name.replaceAll(/[/\\:]/g, '-')}.json`);
  return { file, directory: folder, definition };
}

/** Of a study.json. */
const MOST_BYTES = 64 * 2 ** 20;

function readText(file: string): string {
  try {
    return readRegularFileSync(file, MOST_BYTES).toString('utf8');
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
