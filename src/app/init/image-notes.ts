// What hpo init says of the images of the study that it wrote: which cannot be read, and what else a plan would warn of.
import { dirname } from 'node:path';
import { HpoError } from '../../study/errors.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { Messages } from '../messages.js';
import { indexStudyImages } from '../setup/index-study-images.js';

interface ImageNotesOptions extends Pick<Messages, 'onProgress' | 'onPhase'> {
  readonly signal?: AbortSignal | undefined;
}

interface WrittenDefinition {
  /** Absolute. */
  readonly file: string;
  readonly definition: StudyDefinition;
  readonly notes: readonly string[];
}

/** A line each, without those that were said already. Where the images cannot serve, why: the study is there, to be changed. */
export async function imageNotes(
  { file, definition, notes }: WrittenDefinition,
  { onProgress, onPhase, signal }: ImageNotesOptions,
): Promise<string[]> {
  const { data, search, validation } = definition;
  if (data === undefined) return [];
  try {
    const images = { data, directory: dirname(file), seed: search.seed, validation };
    const { warnings } = await indexStudyImages({ ...images, onProgress, onPhase, signal });
    return warnings.filter((warning) => !notes.includes(warning));
  } catch (error) {
    if (!(error instanceof HpoError) || error.code !== 'ERR_DATA') throw error;
    return [`The study cannot run yet: ${error.message}`];
  } finally {
    onPhase?.(undefined);
  }
}
