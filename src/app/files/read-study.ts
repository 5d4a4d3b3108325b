// Reads a study as far as its run has come, without touching anything: safe beside a running one.
import { isOver } from '../../controller/is-over.js';
import { latestRecord } from '../../controller/warm-start.js';
import { JournalReader } from '../../store/journal-reader.js';
import { replay } from '../../store/replay.js';
import { FileLock } from '../../system/file-lock.js';
import { HpoError } from '../../study/errors.js';
import type { StudyRecord, TrialEvent } from '../../study/events.js';
import type { History } from '../../study/history.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { isOfSearch } from '../../study/trial.js';
import { type StudyPlace, locateStudy } from './locate-study.js';
import { plannedTrials } from '../../study/planned-trials.js';
import { wantsBaseline } from '../../study/wants-baseline.js';
import { commandName } from '../../system/command-name.js';

/** running: a process works on it. done: all trials are. open: running it again would go on. */
export type StudyState = 'running' | 'done' | 'open';

export interface StudyView extends StudyPlace {
  readonly name: string;
  /** As the journal has it, last amended. */
  readonly definition: StudyDefinition;
  readonly record: StudyRecord;
  readonly events: readonly TrialEvent[];
  readonly history: History;
  readonly state: StudyState;
  /** The process that runs it. */
  readonly process?: number;
}

/** @throws HpoError ERR_STUDY_NOT_FOUND where there is no run, ERR_JOURNAL_DAMAGED, ERR_JOURNAL_VERSION. */
export async function readStudy(text: string): Promise<StudyView> {
  const place = locateStudy(text);
  const view = await readRun(place);
  if (view !== undefined) return view;
  throw new HpoError(
    'ERR_STUDY_NOT_FOUND',
    `expected a run of ${text}, got none: start it with ${commandName()} run ${text}`,
  );
}

/** The study of a run's folder; undefined where nothing is written there yet. */
export async function readRun(place: StudyPlace): Promise<StudyView | undefined> {
  const { journal, lock } = place.layout;
  const events = await new JournalReader(journal).read();
  const record = latestRecord(events);
  if (record === undefined) return undefined;
  const definition = record.definition;
  const history = replay(events, definition.objective, journal);
  const owner = FileLock.holder(lock);
  const { confirm } = definition.search;
  const plan = { trials: plannedTrials(definition), confirm, baseline: wantsBaseline(definition) };
  return {
    ...place,
    name: record.name,
    definition,
    record,
    events,
    history,
    state: owner !== undefined ? 'running' : isOver(history, plan, false) ? 'done' : 'open',
    ...(owner === undefined ? {} : { process: owner.pid }),
  };
}

/** Finished trials of the search, repeats at its end aside. */
export function finishedTrials(history: History): number {
  return history.trials.filter((trial) => trial.outcome !== undefined && isOfSearch(trial)).length;
}
