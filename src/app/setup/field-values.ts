// The values that a training field takes over the trials of a study.
import type { Scalar } from '../../study/parameters.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { TrainingField } from '../../study/schema/training-schema.js';

/** All values of a choice, both ends of a range, or the one value that `training` fixes. */
export function fieldValues(
  definition: Pick<StudyDefinition, 'space' | 'training'>,
  field: TrainingField,
): readonly Scalar[] {
  const domain = definition.space[field];
  if (domain === undefined) {
    const fixed = definition.training[field];
    return fixed === undefined ? [] : [fixed];
  }
  return domain.type === 'choice' ? domain.values : [domain.min, domain.max];
}

/** The largest of them; 0 where there is none. */
export function largestValue(definition: Pick<StudyDefinition, 'space' | 'training'>, field: TrainingField): number {
  return Math.max(0, ...fieldValues(definition, field).filter((value) => typeof value === 'number'));
}
