// hpo report: a study to read, or for other tools.
import { type Command, Option } from 'commander';
import { shortPath } from '../../system/short-path.js';
import type { Cli } from '../cli.js';
import { messagesTo } from '../messages.js';

const FORMATS = ['html', 'svg', 'png', 'csv', 'optuna', 'tensorboard'] as const;

const MORE = `
html: one self-contained file, by default report.html in the run folder. svg, png: a single plot (--plot).
csv: a row for each trial. optuna: a journal for optuna-dashboard and JournalStorage. tensorboard: a log folder.
csv, optuna and svg go to stdout without --out.`;

export function addReportCommand(program: Command, cli: Cli): void {
  program
    .command('report')
    .description('write a report of a study, or export it to other tools; also during a run')
    .argument('<study>', 'a study.json, its folder, or its run folder')
    .addOption(new Option('-f, --format <format>', 'what to write').choices(FORMATS).default('html'))
    .option('-o, --out <path>', 'where to write it')
    .option('--plot <name>', 'svg, png: which plot, such as history, importance, curves, slice-<parameter>')
    .option('--compare <studies...>', 'html: these studies on one page with the first')
    .addHelpText('after', MORE)
    .action((study: string, options: ReportOptions) => report(cli, study, options));
}

interface ReportOptions {
  readonly format: (typeof FORMATS)[number];
  readonly out?: string;
  readonly plot?: string;
  readonly compare?: readonly string[];
}

async function report({ terminal: { out, err } }: Cli, study: string, options: ReportOptions): Promise<void> {
  const { createReport, writeReport } = await import('../../app/write-report.js');
  const { onWarning } = messagesTo(err);
  const isText = options.format === 'csv' || options.format === 'optuna' || options.format === 'svg';
  if (options.out !== undefined || !isText) {
    return out.line(shortPath(await writeReport(study, { ...options, onWarning })));
  }
  for (const content of (await createReport(study, { ...options, onWarning })).values()) {
    out.data(String(content).replace(/\n$/, ''));
  }
}
