// hpo best: the best trial of a study, with everything that is known of it.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import { messagesTo } from '../messages.js';
import { EXIT } from '../exit-code.js';

export function addBestCommand(program: Command, cli: Cli): void {
  program
    .command('best')
    .description('show the best trial of a study, also during a run')
    .argument('<study>', 'a study.json, its folder, or its run folder')
    .option('--json', 'as JSON; null if no trial has a value yet')
    .action((study: string, options: { readonly json?: boolean }) => best(cli, study, options.json === true));
}

async function best(cli: Cli, text: string, json: boolean): Promise<void> {
  const { readStudy } = await import('../../app/files/read-study.js');
  const { bestTrialJson, bestTrialLines } = await import('../views/best-trial.js');
  const { winnerEvaluation } = await import('../../app/winner.js');
  const study = await readStudy(text);
  const evaluation = await winnerEvaluation(study, messagesTo(cli.terminal.err));
  const { out, err } = cli.terminal;
  if (json) return writeJson(cli, bestTrialJson(study, evaluation));
  const lines = bestTrialLines(study, out.style, evaluation);
  if (lines === undefined) {
    err.line(`no trial of ${study.name} has a value yet`);
    cli.exitCode = EXIT.failed;
    return;
  }
  for (const line of lines) out.line(line);
}
