// The trials of another study that a study begins with.
import { resolve } from 'node:path';
import { latestRecord, trialsToBeginWith } from '../../controller/warm-start.js';
import { HpoError, messageOf } from '../../study/errors.js';
import type { StudyRecord, TrialEvent } from '../../study/events.js';
import { backboneName } from '../../study/schema/backbone-schema.js';
import { hasSeveralLabels } from '../../study/schema/label-problems.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { TRAINING_DEFAULTS } from '../../study/schema/training-schema.js';
import { counted } from '../../system/format.js';
import { locateStudy } from '../files/locate-study.js';
import { readStudy } from '../files/read-study.js';
import type { StudyFromFile } from '../files/study-file.js';

/**
 * What the study records of its warm start. Read once: a study that is continued goes on with the trials that its journal has, whatever
 * became of the other study; naming another one reads that.
 * @param events the study's own journal.
 * @throws HpoError ERR_STUDY_INVALID where the other study is this one, or values it by something else; ERR_STUDY_NOT_FOUND and what
 * else can be wrong with its run.
 */
export async function recordWarmStart(
  { definition, directory, file }: StudyFromFile,
  events: readonly TrialEvent[],
): Promise<Pick<StudyRecord, 'warmStart'>> {
  const { warmStart: path } = definition.search;
  if (path === undefined) return {};
  const before = latestRecord(events);
  const isKnown = before?.definition.search.warmStart === path;
  if (isKnown && before.warmStart !== undefined) return { warmStart: before.warmStart };
  const place = resolve(directory, path);
  const other = await readOther(place, path, file);
  if (hasSeveralLabels(other.definition) !== hasSeveralLabels(definition)) {
    const words = (isOfLabels: boolean): string => (isOfLabels ? 'several labels an image' : 'one class an image');
    const [own, theirs] = [definition, other.definition].map((one) => words(hasSeveralLabels(one)));
    throw invalid(`a study of ${own}, got one of ${theirs}: ${path}`);
  }
  return { warmStart: trialsToBeginWith(other.history, definition, fixedIn(other.definition), 'search.warmStart') };
}

/** What every trial of the study has besides its parameters. A field that is newer than its journal had its default. */
function fixedIn({ training, trainer, backbone }: StudyDefinition): Readonly<Record<string, unknown>> {
  if (trainer !== undefined) return training;
  const name = backbone && backboneName(backbone);
  return { ...TRAINING_DEFAULTS, ...training, ...(name === undefined ? {} : { backbone: name }) };
}

/** How many trials the model begins with, in words; a warning where there are none. */
export function describeWarmStart(
  { search }: StudyDefinition,
  { warmStart }: Pick<StudyRecord, 'warmStart'>,
): { readonly notices: readonly string[]; readonly warnings: readonly string[] } {
  if (warmStart === undefined) return { notices: [], warnings: [] };
  const count = warmStart.length;
  if (count === 0)
    return { notices: [], warnings: [`no trial of ${search.warmStart} lies in this space and has a value`] };
  return { notices: [`starts from ${counted(count, 'trial')} of ${search.warmStart}`], warnings: [] };
}

async function readOther(place: string, path: string, own: string): ReturnType<typeof readStudy> {
  try {
    if (locateStudy(place).file === own) throw invalid(`another study, got ${path}, which is this one,`);
    return await readStudy(place);
  } catch (error) {
    if (!(error instanceof HpoError) || error.code === 'ERR_STUDY_INVALID') throw error;
    throw new HpoError(error.code, `${messageOf(error)} at search.warmStart`, { cause: error });
  }
}

function invalid(what: string): HpoError {
  return new HpoError('ERR_STUDY_INVALID', `expected ${what} at search.warmStart`);
}
