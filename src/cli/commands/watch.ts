// hpo watch: the dashboard of a study that another process runs.
import type { Command } from 'commander';
import { HpoError } from '../../study/errors.js';
import type { Cli } from '../cli.js';

export function addWatchCommand(program: Command, cli: Cli): void {
  program
    .command('watch')
    .description('watch a study that another process runs; touches nothing')
    .argument('<study>', 'a study.json, its folder, or a run')
    .action((study: string) => watch(cli, study));
}

async function watch({ terminal }: Cli, text: string): Promise<void> {
  const { screen } = terminal;
  if (screen === undefined)
    throw new HpoError('ERR_USAGE', `expected a terminal to draw on, got none: hpo show ${text}`);
  const { locateStudy } = await import('../locate-study.js');
  const { watchStudy } = await import('../../dashboard/watch-study.js');
  const { startDashboard } = await import('../../dashboard/start-dashboard.js');
  const source = await watchStudy(locateStudy(text).layout.root);
  try {
    const dashboard = await startDashboard({ source, ...screen });
    await dashboard.closed;
  } finally {
    source.close();
  }
}
