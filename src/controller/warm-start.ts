// What a study begins with: the trials of another study, as its journal has them from then on.
import { priorTrials } from '../search/warm-start.js';
import { HpoError } from '../study/errors.js';
import type { StudyRecord, TrialEvent } from '../study/events.js';
import type { History } from '../study/history.js';
import type { PriorTrial } from '../study/prior-trial.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';
import { SearchSpace } from '../study/space.js';

/** What a journal says of its study, last amended; undefined of an empty one. */
export function latestRecord(events: readonly TrialEvent[]): StudyRecord | undefined {
  return events.findLast((event) => event.type === 'created' || event.type === 'amended')?.study;
}

/**
 * The trials of another study that lie in the space of this one.
 * @param fixed what all of them had besides their parameters.
 * @param place how the message calls the other study.
 * @throws HpoError ERR_STUDY_INVALID where the other study values its trials by something else.
 */
export function trialsToBeginWith(
  history: History,
  { objective, space }: StudyDefinition,
  fixed: Readonly<Record<string, unknown>>,
  place: string,
): readonly PriorTrial[] {
  const { metric, direction } = history.objective;
  if (metric !== objective.metric || direction !== objective.direction) {
    throw new HpoError(
      'ERR_STUDY_INVALID',
      `expected a study that aims to ${objective.direction} ${objective.metric}, got one to ${direction} ${metric} at ${place}`,
    );
  }
  return priorTrials(history, new SearchSpace(space), fixed);
}
