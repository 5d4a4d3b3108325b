// What watches a running study: plain lines, events for programs, one day a dashboard.
import type { Activity } from '../../controller/run-study.js';
import type { StudyControl } from '../../controller/study-control.js';
import type { TrialEvent } from '../../study/events.js';
import type { History } from '../../study/history.js';
import type { StudySession } from './study-session.js';
import type { Terminal } from '../terminal.js';
import { jsonEvents } from './json-events.js';
import { plainProgress } from './plain-progress.js';

export interface RunView {
  event?(event: TrialEvent, history: History): void;
  activity?(activity: Activity): void;
  /** A person asked for the end. */
  notice?(text: string): void;
  close(): Promise<void> | void;
}

export interface ViewOptions {
  readonly terminal: Terminal;
  readonly plain: boolean;
  readonly json: boolean;
}

/** The views of a session. */
export function openViews(session: StudySession, _control: StudyControl, options: ViewOptions): RunView[] {
  const { terminal, json } = options;
  // A dashboard takes the place of plain progress where stderr is a terminal and neither --plain nor CI says otherwise.
  const progress = plainProgress(session, terminal.err);
  return json ? [progress, jsonEvents(terminal.out)] : [progress];
}
