// What a study keeps that it began with, where its file leaves it open.
import type { StudyDefinition } from './schema/parse-study.js';

/**
 * The definition, with the prior that the study began with where the file names none: continuing a study never changes how it searches.
 * @param recorded what the study's journal says; undefined for a new study.
 */
export function settleDefaults(definition: StudyDefinition, recorded: StudyDefinition | undefined): StudyDefinition {
  const { search, trainer } = definition;
  const prior = recorded?.search.prior;
  if (search.prior !== undefined || trainer !== undefined || prior === undefined) return definition;
  return { ...definition, search: { ...search, prior } };
}
