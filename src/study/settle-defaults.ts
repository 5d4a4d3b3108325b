// What a study file leaves open, settled when a study begins; later runs keep it.
import { type StudyDefinition, UNNAMED_PRUNER } from './schema/parse-study.js';

/**
 * The definition with the prior and the pruner that it has where its file names none: those that the study began with, so continuing a study never
 * changes how it searches. A new study of the built-in trainer has the best that bench/anytime.ts found.
 * @param recorded what the study's journal says; undefined for a new study.
 */
export function settleDefaults(definition: StudyDefinition, recorded: StudyDefinition | undefined): StudyDefinition {
  const { search, pruner } = definition;
  const began = recorded ?? newDefaults(definition);
  const prior = search.prior ?? (definition.trainer === undefined ? began.search.prior : undefined);
  return {
    ...definition,
    ...(prior === undefined ? {} : { search: { ...search, prior } }),
    pruner: pruner === UNNAMED_PRUNER ? began.pruner : pruner,
  };
}

/** freezeThaw wants the prior and its costs. */
function newDefaults({ search, trainer, pruner }: StudyDefinition): Pick<StudyDefinition, 'search' | 'pruner'> {
  if (trainer !== undefined || search.strategy !== 'bayesian') return { search, pruner };
  const prior = search.prior ?? 'fineTuning';
  return { search: { ...search, prior }, pruner: prior === 'none' ? pruner : { type: 'freezeThaw' } };
}
