// Begins a study, or continues it where what it is made of still allows that.
import { compareRecords } from '../study/amend.js';
import { HpoError } from '../study/errors.js';
import { type StudyRecord, type TrialEvent, versionFor } from '../study/events.js';
import { LiveStudy, type LiveStudyOptions } from './live-study.js';
import { latestRecord } from './warm-start.js';

/**
 * @param record is recorded with the study, now or as it is extended.
 * @throws HpoError ERR_STUDY_CHANGED with every reason why it cannot be continued so; ERR_JOURNAL_DAMAGED.
 */
export function beginStudy(record: StudyRecord, options: LiveStudyOptions): LiveStudy {
  const study = new LiveStudy(options);
  const changes = checkContinuation(record, options.events, options.place ?? record.name);
  if (options.events.length === 0) study.record({ type: 'created', version: versionFor(record), study: record });
  else if (changes.length > 0) study.record({ type: 'amended', study: record, changes });
  return study;
}

/**
 * How the record extends the study of a journal, in words. Until there is a trial, a study can change in any way.
 * @throws HpoError ERR_STUDY_CHANGED with every reason.
 */
export function checkContinuation(
  record: StudyRecord,
  events: readonly TrialEvent[],
  place: string,
): readonly string[] {
  const before = latestRecord(events);
  if (before === undefined) return [];
  const { changes, refusals } = compareRecords(before, record);
  if (refusals.length > 0 && events.some(({ type }) => type === 'asked')) {
    const reasons = refusals.map((reason) => `  ${reason}`).join('\n');
    throw new HpoError(
      'ERR_STUDY_CHANGED',
      `the study in ${place} cannot be continued with this definition:\n${reasons}`,
    );
  }
  return [...changes, ...refusals];
}
