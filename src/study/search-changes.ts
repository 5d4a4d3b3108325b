// Whether a change of a study bears on its search: one that has ended goes on then.
import { same } from './differences.js';
import type { StudyRecord } from './events.js';
import type { StudyDefinition } from './schema/parse-study.js';

/** What comes after the search, what is kept of it, and how long a run takes. */
const AFTERWARDS: ReadonlySet<string> = new Set(['confirm', 'keep', 'choose', 'time']);

/** Of names, engines, places and what comes after the search it does not. */
export function changesSearch(before: StudyRecord | undefined, after: StudyRecord): boolean {
  return before === undefined || !same(searchIn(before.definition), searchIn(after.definition));
}

function searchIn({ space, search }: StudyDefinition): unknown {
  return { space, search: Object.fromEntries(Object.entries(search).filter(([name]) => !AFTERWARDS.has(name))) };
}
