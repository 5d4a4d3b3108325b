// The dashboard as a view of a session.
import { SlotBoard } from '../../dashboard/slot-board.js';
import type { DashboardSource } from '../../dashboard/source.js';
import { startDashboard } from '../../dashboard/start-dashboard.js';
import type { StudyControl } from '../../controller/study-control.js';
import type { Screen } from '../terminal.js';
import type { StudySession } from '../../app/open-study.js';
import type { RunView } from './run-view.js';

export async function dashboardView(session: StudySession, controls: StudyControl, screen: Screen): Promise<RunView> {
  const { source, board } = sourceOf(session);
  const dashboard = await startDashboard({ source, controls, ...screen });
  return {
    activity: (activity) => board.note(activity),
    close: () => dashboard.close(),
  };
}

/** A session as what a dashboard or plain lines look at. */
export function sourceOf({ study, past, opened, slots, engine }: StudySession): {
  readonly source: DashboardSource;
  /** To be told of what happens in slots. */
  readonly board: SlotBoard;
} {
  const board = new SlotBoard(slots.map(({ device }) => device));
  const startedAt = Date.now();
  const source: DashboardSource = {
    past: [...past, ...opened],
    subscribe: (listener) => study.subscribe((event) => listener(event)),
    status: () => ({
      ...(engine === undefined ? {} : { engine }),
      startedAt,
      slots: board.list(),
      machines: board.machines(),
      live: true,
    }),
  };
  return { source, board };
}
