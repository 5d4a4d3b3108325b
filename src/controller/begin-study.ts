// Begins a study, or continues it where its definition still allows that.
import { compareDefinitions } from '../study/amend.js';
import { HpoError } from '../study/errors.js';
import { JOURNAL_VERSION, type StudyRecord } from '../study/events.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';
import { LiveStudy, type LiveStudyOptions } from './live-study.js';

/**
 * @param definition is recorded with the study, now or as it is extended.
 * @throws HpoError ERR_STUDY_CHANGED with every reason why it cannot be continued so; ERR_JOURNAL_DAMAGED.
 */
export function beginStudy(definition: StudyDefinition, options: LiveStudyOptions): LiveStudy {
  const study = new LiveStudy(options);
  const record: StudyRecord = { name: definition.name, definition };
  const before = options.events.findLast((event) => event.type === 'created' || event.type === 'amended');
  if (before === undefined) {
    study.record({ type: 'created', version: JOURNAL_VERSION, study: record });
    return study;
  }
  const asStored = JSON.parse(JSON.stringify(definition)) as StudyDefinition;
  const { changes, refusals } = compareDefinitions(before.study.definition as StudyDefinition, asStored);
  if (refusals.length > 0 && study.history.trials.length > 0) {
    const reasons = refusals.map((reason) => `  ${reason}`).join('\n');
    const place = options.place ?? definition.name;
    throw new HpoError('ERR_STUDY_CHANGED', `the study in ${place} cannot be continued so:\n${reasons}`);
  }
  const all = [...changes, ...refusals];
  if (all.length > 0) study.record({ type: 'amended', study: record, changes: all });
  return study;
}
