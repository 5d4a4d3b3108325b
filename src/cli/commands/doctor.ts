// hpo doctor: what this machine offers a study, and what would help.
import type { Command } from 'commander';
import { type Cli, writeJson } from '../cli.js';
import { EXIT } from '../exit-code.js';
import { messagesTo } from '../messages.js';
import { PYTHON } from '../python-option.js';

export function addDoctorCommand(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description(
      'show what this machine offers (processors, GPUs, engines and their speed, cache), and what is missing and why',
    )
    .option('--json', 'as JSON')
    .option('--fresh', 'measure the engines again')
    .option(...PYTHON)
    .addHelpText('after', '\nExit codes: 0 a study can run here, 1 it cannot.')
    .action(async (options: { readonly json?: boolean; readonly fresh?: boolean }) => {
      const { examineMachine } = await import('../../app/examine-machine.js');
      const { diagnosisLines } = await import('../doctor/diagnosis-text.js');
      const diagnosis = await examineMachine({ fresh: options.fresh, ...messagesTo(cli.terminal.err) });
      if (options.json === true) writeJson(cli, diagnosis);
      else for (const line of diagnosisLines(diagnosis, cli.terminal.out.style)) cli.terminal.out.line(line);
      cli.exitCode = diagnosis.canRun ? EXIT.done : EXIT.failed;
    });
}
