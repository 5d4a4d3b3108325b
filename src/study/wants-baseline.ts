// Whether a study trains its best configuration from random weights as well.
import type { StudyDefinition } from './schema/parse-study.js';

/** Journals of before the field existed lack it. */
export function wantsBaseline({ baseline }: Partial<Pick<StudyDefinition, 'baseline'>>): boolean {
  return baseline !== undefined && baseline !== false;
}
