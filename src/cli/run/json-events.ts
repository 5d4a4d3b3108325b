// The events of a session for programs: one JSON object a line, as the journal has them.
import type { Outlet } from '../terminal.js';
import type { RunView } from './run-view.js';

export function jsonEvents(out: Outlet): RunView {
  return {
    event: (event) => out.line(JSON.stringify(event)),
    close: () => {},
  };
}
