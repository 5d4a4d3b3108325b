// hpo show: where a study stands.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import { messagesTo } from '../messages.js';

export function addShowCommand(program: Command, cli: Cli): void {
  program
    .command('show')
    .description('show the state of a study, also during a run')
    .argument('<study>', 'a study.json, its folder, or its run folder')
    .option('--all', 'every trial, in order, instead of the best and the running ones')
    .option('--json', 'as JSON: every trial, with its parameters, value and outcome')
    .action((study: string, options: ShowOptions) => show(cli, study, options));
}

interface ShowOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

async function show(cli: Cli, text: string, options: ShowOptions): Promise<void> {
  const { readStudy } = await import('../../app/files/read-study.js');
  const { winnerEvaluation } = await import('../../app/winner.js');
  const study = await readStudy(text);
  const evaluation = await winnerEvaluation(study, messagesTo(cli.terminal.err));
  if (options.json === true) {
    const { studyJson } = await import('../views/study-json.js');
    const { expectedJson } = await import('../../app/winner.js');
    const expected = expectedJson(study.history, study.record);
    return writeJson(cli, { ...studyJson(study), expected, evaluation: evaluation ?? null });
  }
  const { studyLines } = await import('../views/study-text.js');
  const { out } = cli.terminal;
  const width = out.isTerminal ? { width: out.columns } : {};
  const shown = { all: options.all === true, style: out.style, ...width, evaluation };
  for (const line of studyLines(study, shown)) out.line(line);
}
