// hpo check: whether the files of a run are whole.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import { EXIT } from '../exit-code.js';

export function addCheckCommand(program: Command, cli: Cli): void {
  program
    .command('check')
    .description('check the checksums of a run: every line of its journal, every file of its trials')
    .argument('<study>', 'a study.json, its folder, or its run folder')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nNothing is changed. Exit codes: 0 everything is whole, 1 something is damaged.')
    .action(async (study: string, options: { readonly json?: boolean }) => {
      const { locateStudy } = await import('../../app/files/locate-study.js');
      const { checkRun } = await import('../../app/check-run.js');
      const { checkLines } = await import('../check/check-text.js');
      const place = locateStudy(study);
      const check = await checkRun(place);
      const { out } = cli.terminal;
      if (options.json === true) writeJson(cli, check);
      else for (const line of checkLines(check, place.file ?? place.layout.root, out.style)) out.line(line);
      cli.exitCode = check.isWhole ? EXIT.done : EXIT.failed;
    });
}
