// Runs a study from its file to its result.
import type { Activity } from '../controller/activity.js';
import { leaderOf } from '../controller/confirmation.js';
import { StudyControl } from '../controller/study-control.js';
import type { StudyEnd } from '../controller/study-end.js';
import type { TrialEvent } from '../study/events.js';
import type { History } from '../study/history.js';
import type { Trial } from '../study/trial.js';
import type { StudySource } from './files/study-file.js';
import { restoreWinner } from './model/restore-winner.js';
import { type OpenStudyOptions, openStudy } from './open-study.js';
import { limitTime, timeOf } from './time-limit.js';

export interface RunStudyOptions extends OpenStudyOptions {
  /** Told of everything that becomes part of the study: trials, reports, decisions, warnings. */
  readonly onEvent?: (event: TrialEvent, history: History) => void;
  /** Told what happens in the slots; no part of the study. */
  readonly onActivity?: (activity: Activity) => void;
  /** Once aborted, running trials are paused at their next report. Everything is kept; the same call continues. */
  readonly signal?: AbortSignal;
  /** Seconds that this run may take, preparation included. It ends at most one epoch later; the same call continues. Default: as the study says (`search.time`). */
  readonly time?: number;
}

export interface StudyResult extends StudyEnd {
  /** The trial to go with; missing where none has a value. */
  readonly best?: Trial;
  readonly history: History;
  /** The folder of the run: what the other functions take for the study. */
  readonly run: string;
}

/**
 * Runs a study, or continues it.
 * @param study a study.json, its folder, or what such a file would say.
 * @throws HpoError as `openStudy`; ERR_STORE, ERR_SEARCH, ERR_TRAINER_MODULE where it cannot go on. What was recorded is kept.
 */
export async function runStudy(study: StudySource, options: RunStudyOptions = {}): Promise<StudyResult> {
  const { onEvent, onActivity = () => {}, signal, time } = options;
  const control = new StudyControl();
  const began = performance.now();
  let liftLimit = limitTime(control, time);
  const stop = (): void => control.stop();
  const session = await openStudy(study, options).catch((error: unknown) => {
    liftLimit();
    throw error;
  });
  if (time === undefined) liftLimit = limitTime(control, timeOf(session.definition), began);
  const history = session.study.view;
  for (const notice of session.notices) options.onProgress?.(notice);
  for (const event of session.opened) onEvent?.(event, history);
  if (onEvent !== undefined) session.study.subscribe(onEvent);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted === true) stop();
  try {
    const end = await session.run(control, onActivity);
    await restoreWinner(session, end, {
      onWarning: options.onProgress,
      stopped: control.stopped,
      aborted: control.aborted,
    });
    const leader = leaderOf(history);
    return { ...end, ...(leader === undefined ? {} : { best: leader.trial }), history, run: session.layout.root };
  } finally {
    liftLimit();
    signal?.removeEventListener('abort', stop);
    await session.close();
  }
}
