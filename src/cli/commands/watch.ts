// hpo watch: the dashboard of a study that another process runs.
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import type { DashboardSource } from '../../dashboard/source.js';
import type { Cli } from '../cli.js';
import type { Screen, Terminal } from '../terminal.js';

export function addWatchCommand(program: Command, cli: Cli): void {
  program
    .command('watch')
    .description('watch a study that another process runs, read-only; without a terminal, as lines of text')
    .argument('<study>', 'a study.json, its folder, or its run folder')
    .action((study: string) => watch(cli, study));
}

/** @throws HpoError ERR_STUDY_NOT_FOUND; ERR_JOURNAL_DAMAGED also later, once the journal can no longer be read. */
async function watch({ terminal }: Cli, text: string): Promise<void> {
  const { locateStudy } = await import('../../app/files/locate-study.js');
  const { watchStudy } = await import('../../dashboard/watch-study.js');
  const unreadable = new AbortController();
  const source = await watchStudy(locateStudy(text).layout.root, { onError: (error) => unreadable.abort(error) });
  try {
    const { screen } = terminal;
    await (screen === undefined
      ? plainly(source, terminal, unreadable.signal)
      : drawn(source, screen, unreadable.signal));
    unreadable.signal.throwIfAborted();
  } finally {
    source.close();
  }
}

async function drawn(source: DashboardSource, screen: Screen, unreadable: AbortSignal): Promise<void> {
  const { startDashboard } = await import('../../dashboard/start-dashboard.js');
  const dashboard = await startDashboard({ source, ...screen });
  unreadable.addEventListener('abort', () => dashboard.close());
  await dashboard.closed;
}

const LOOK_EVERY_MS = 250;

/** Lines for as long as somebody runs the study. */
async function plainly(source: DashboardSource, { out, onClosed }: Terminal, unreadable: AbortSignal): Promise<void> {
  const { startPlain } = await import('../../dashboard/plain.js');
  const closed = new AbortController();
  onClosed(() => closed.abort());
  const isRead = (): boolean => !closed.signal.aborted && !unreadable.aborted;
  const lines = startPlain({ source, style: out.style, line: (text) => out.line(text), introduced: true });
  while (isRead() && source.status().live !== false) await setTimeout(LOOK_EVERY_MS);
  lines.stop();
  if (isRead()) out.line('the study is not running');
}
