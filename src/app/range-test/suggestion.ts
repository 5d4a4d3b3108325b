// What range tests at several depths suggest for a study's space.
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { type RateBounds, type RateCurve, boundsOf, jointBounds } from '../../trainer/range-test/rate-curve.js';
import { fieldValues } from '../setup/field-values.js';

export interface TestedDepth {
  readonly depth: number;
  readonly curve: RateCurve;
}

export interface Suggestion {
  readonly field: 'learningRate' | 'headLearningRate';
  readonly bounds: RateBounds;
  /** What the study has now: both ends of the domain, or the one value that is fixed. */
  readonly now: readonly number[];
}

/**
 * learningRate is the rate of every trial after its head phase, so its bounds hold those of every depth that trials have;
 * headLearningRate is that of the head phase of trials that unfreeze something.
 */
export function suggestionsOf(
  definition: Pick<StudyDefinition, 'space' | 'training'>,
  tested: readonly TestedDepth[],
  headEpochs: number,
): Suggestion[] {
  const trialsOfHead = fieldValues(definition, 'unfreezeDepth').includes(0);
  const deeper = tested.filter(({ depth }) => depth > 0);
  const scheduled = deeper.length === 0 || trialsOfHead ? tested : deeper;
  const rate = jointBounds(scheduled.map(({ curve }) => curve));
  const head = tested.find(({ depth }) => depth === 0);
  const headRate = head === undefined || deeper.length === 0 || headEpochs === 0 ? undefined : boundsOf(head.curve);
  const suggestion = (field: Suggestion['field'], bounds: RateBounds | undefined): Suggestion[] =>
    bounds === undefined ? [] : [{ field, bounds, now: fieldValues(definition, field).map(Number) }];
  return [...suggestion('learningRate', rate), ...suggestion('headLearningRate', headRate)];
}
