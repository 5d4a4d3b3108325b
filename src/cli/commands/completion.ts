// hpo completion: a script with which a shell completes commands and options.
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { SHELLS, type Shell, completionScript, wordsOf } from '../completion.js';
import { HpoError } from '../../study/errors.js';
import { oneOf } from '../../system/nearest.js';

export function addCompletionCommand(program: Command, cli: Cli): void {
  program
    .command('completion')
    .description('print a script for your shell that completes commands and options')
    .argument('<shell>', SHELLS.join(', '))
    .action((shell: string) => {
      const known = SHELLS.find((one): one is Shell => one === shell);
      if (known === undefined) {
        throw new HpoError('ERR_USAGE', `expected ${oneOf(SHELLS, shell)}`);
      }
      cli.terminal.out.data(completionScript(known, wordsOf(program)));
    });
}
