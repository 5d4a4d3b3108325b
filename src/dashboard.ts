// The entry `hpo/dashboard`: the dashboard of a study, from code. See docs/dashboard.md.
export { type PlainOptions, startPlain } from './dashboard/plain.js';
export { SlotBoard } from './dashboard/slot-board.js';
export type { DashboardControls, DashboardSource, SlotStatus, StudyStatus } from './dashboard/source.js';
export { type Dashboard, type DashboardOptions, startDashboard, suitsDashboard } from './dashboard/start-dashboard.js';
export { type WatchOptions, type WatchedStudy, watchStudy } from './dashboard/watch-study.js';
