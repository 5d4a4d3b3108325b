// What of a study does not fit images with several labels each.
import { type Problem, show } from './problems.js';
import type { StudyFile } from './study-schema.js';

/** Why `sampling: balanced` means nothing there. */
const NO_CLASS = 'because images with several labels are of no single class; classWeights weighs rare labels';

/** Why `slices` are not there: the journal has no predictions to compare. */
const NO_SLICES =
  'because slices compare the accuracy of one class for each image, and these images have several labels';

export function labelProblems({ data, training, space, objective }: StudyFile): Problem[] {
  if (data === undefined || !('table' in data) || data.labels === undefined) return [];
  const label = data.columns?.label ?? undefined;
  const isList = !Array.isArray(data.labels);
  const instead = isList ? 'data.labels.column names the column' : 'data.labels names the columns';
  const sampling = space['sampling'];
  const isBalanced = sampling?.type === 'choice' && sampling.values.includes('balanced');
  return [
    ...(label === undefined ? [] : [problem('data.columns.label', `no value, because ${instead}`, label)]),
    ...sliceProblems(data),
    ...(training.sampling === 'balanced' ? [problem('training.sampling', `'shuffle', ${NO_CLASS}`, 'balanced')] : []),
    ...(isBalanced ? [problem('space.sampling', `no 'balanced', ${NO_CLASS}`, sampling.values)] : []),
    ...(objective.positiveClass === undefined
      ? []
      : [
          problem(
            'objective.positiveClass',
            'no value, because each image has several labels (a metric such as f1/LABEL is about one)',
            objective.positiveClass,
          ),
        ]),
  ];
}

/** Slices of images with several labels; of a study or of a trainer configuration. */
export function sliceProblems(data: NonNullable<StudyFile['data']>): Problem[] {
  if (!('table' in data) || data.labels === undefined || data.slices === undefined) return [];
  return [problem('data.slices', `no value, ${NO_SLICES}`, data.slices)];
}

/** Whether each image of the study may have several labels. */
export function hasSeveralLabels({ data }: Pick<StudyFile, 'data'>): boolean {
  return data !== undefined && 'table' in data && data.labels !== undefined;
}

function problem(path: string, expected: string, found: unknown): Problem {
  return { path, expected, found: show(found) };
}
