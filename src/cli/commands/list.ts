// hpo list: the studies of a folder.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import { formatMetric } from '../../system/format.js';
import { formatTable } from '../table.js';

export function addListCommand(program: Command, cli: Cli): void {
  program
    .command('list')
    .description('list the studies in a folder and its subfolders')
    .argument('[folder]', 'where to look; or a study.json, or a run folder', '.')
    .option('--json', 'as JSON')
    .action((folder: string, options: { readonly json?: boolean }) => list(cli, folder, options.json === true));
}

async function list(cli: Cli, folder: string, json: boolean): Promise<void> {
  const { findRuns } = await import('../../app/files/find-runs.js');
  const { readRun, finishedTrials } = await import('../../app/files/read-study.js');
  const { studySummaryJson } = await import('../views/study-json.js');
  const { openMark } = await import('../views/best-trial.js');
  const { leaderOf } = await import('../../controller/confirmation.js');
  const { plannedTrials } = await import('../../study/planned-trials.js');
  const { out, err } = cli.terminal;
  const found: object[] = [];
  const rows: string[][] = [];
  for (const { name, place } of await findRuns(folder)) {
    try {
      const study = await readRun(place);
      if (study === undefined) continue;
      found.push(studySummaryJson(study));
      const { history, definition } = study;
      const leader = leaderOf(history);
      rows.push([
        study.name,
        study.state,
        `${finishedTrials(history)}/${plannedTrials(definition)}`,
        leader === undefined
          ? '–'
          : `${history.objective.metric} ${formatMetric(leader.trial.best?.value ?? NaN)}${openMark(leader.trial, study.state === 'running')}`,
        name,
      ]);
    } catch (error) {
      err.line(`${name}: ${(error as Error).message}`);
    }
  }
  if (json) return writeJson(cli, found);
  if (rows.length === 0) return err.line(`no study was run in ${folder}`);
  const [header = '', ...lines] = formatTable(['study', 'state', 'trials', 'best', 'run'], rows);
  out.line(out.style.dim(header));
  for (const line of lines) out.line(line);
}
