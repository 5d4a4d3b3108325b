// Where a dashboard begins: whether this terminal can have one, and how to open it.
import type { Dashboard, DashboardOptions, Environment, TerminalInput, TerminalOutput } from './dashboard.js';

export type { Dashboard, DashboardOptions } from './dashboard.js';

/** Whether this is a terminal that can be drawn on: not a file or a pipe, not a CI's log. */
export function suitsDashboard(output: TerminalOutput, input: TerminalInput, env: Environment): boolean {
  const inCi = ['CI', 'CONTINUOUS_INTEGRATION'].some((name) => !['', '0', 'false'].includes(env[name] ?? ''));
  return output.isTTY === true && input.isTTY === true && env['TERM'] !== 'dumb' && !inCi;
}

/** Draws the study until it is closed. React and Ink are loaded here, so that a run without a dashboard does without them. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { LiveDashboard } = await loadForProduction(() => import('./live-dashboard.js'));
  return new LiveDashboard(options);
}

/**
 * React decides when it is loaded whether it is in development, where it is several times slower and keeps a record of every
 * frame for profilers, which over a night would fill the memory. Whoever has chosen that keeps it.
 */
async function loadForProduction<Module>(load: () => Promise<Module>): Promise<Module> {
  if (process.env['NODE_ENV'] !== undefined) return load();
  process.env['NODE_ENV'] = 'production';
  try {
    return await load();
  } finally {
    delete process.env['NODE_ENV'];
  }
}
