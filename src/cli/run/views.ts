// Chooses what watches a running study: a dashboard or plain lines, and events for programs.
import type { StudyControl } from '../../controller/study-control.js';
import type { StudySession } from '../../app/open-study.js';
import type { Outlet, Terminal } from '../terminal.js';
import { dashboardView } from './dashboard-view.js';
import { optunaMirror } from './optuna-mirror.js';
import { plainProgress } from './plain-progress.js';
import { remoteView } from './remote-view.js';
import type { RunView } from './run-view.js';

export interface ViewOptions {
  readonly terminal: Terminal;
  readonly plain: boolean;
  readonly json: boolean;
  /** The file of an Optuna journal. */
  readonly mirror: string | undefined;
}

/** The views of a session. Where events are written to the terminal there is no dashboard, which they would run through. */
export async function openViews(
  session: StudySession,
  control: StudyControl,
  options: ViewOptions,
): Promise<RunView[]> {
  const { terminal, plain, json, mirror } = options;
  const { screen, out, err } = terminal;
  // First, as it may refuse its file, which nothing should be drawn over.
  const mirrors = mirror === undefined ? [] : [optunaMirror(session, mirror, err)];
  const isDrawn = screen !== undefined && !plain && !(json && out.isTerminal);
  const progress = isDrawn ? await dashboardView(session, control, screen) : plainProgress(session, err);
  const remote = await remoteView(session, control, (text) => progress.notice?.(text));
  return [progress, ...(remote === undefined ? [] : [remote]), ...(json ? [jsonEvents(out)] : []), ...mirrors];
}

/** The events as the journal has them: one JSON object a line. */
function jsonEvents(out: Outlet): RunView {
  return {
    event: (event) => out.data(JSON.stringify(event)),
    close: () => {},
  };
}
