// From a journal's events to what a report needs at least.
import { replay } from '../store/replay.js';
import { HpoError } from '../study/errors.js';
import type { TrialEvent } from '../study/events.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';
import type { ReportInput } from './report-input.js';

/**
 * The study as last amended, and its history.
 * @param madeAt milliseconds since 1970.
 * @throws HpoError ERR_STUDY_NOT_FOUND for events without a study; ERR_JOURNAL_DAMAGED where they do not add up.
 */
export function inputOfEvents(events: readonly TrialEvent[], madeAt: number, place = 'journal'): ReportInput {
  const latest = events.findLast((event) => event.type === 'created' || event.type === 'amended');
  if (latest?.type !== 'created' && latest?.type !== 'amended') {
    throw new HpoError('ERR_STUDY_NOT_FOUND', `expected a study in ${place}, got ${events.length} events without one`);
  }
  const definition = latest.study.definition as StudyDefinition;
  return { name: latest.study.name, definition, history: replay(events, definition.objective, place), madeAt };
}
