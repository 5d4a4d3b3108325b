// Defaults that a later version may change: a study keeps those that it began with.
import type { StudyDefinition } from './schema/parse-study.js';

/**
 * The definition with what the file leaves open as it was when the study began, or as it is today for a new study. So the journal records it,
 * and continuing a study never changes how it searches.
 * @param recorded what the study's journal says; undefined for a new study.
 */
export function settleDefaults(definition: StudyDefinition, recorded: StudyDefinition | undefined): StudyDefinition {
  const { search, trainer } = definition;
  if (search.prior !== undefined || trainer !== undefined) return definition;
  const today = search.strategy === 'bayesian' ? 'fineTuning' : undefined;
  const prior = recorded === undefined ? today : recorded.search.prior;
  return prior === undefined ? definition : { ...definition, search: { ...search, prior } };
}
