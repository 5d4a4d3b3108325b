// hpo train: the trainer alone, from an exported or hand-written configuration.
import type { Command } from 'commander';
import type { Cli } from '../cli.js';

const MORE = `
The same configuration (identity included) makes the same model. Ctrl-C keeps the epochs so far; the same command continues.`;

export interface TrainOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addTrainCommand(program: Command, cli: Cli): void {
  program
    .command('train')
    .description('train one model and evaluate it on the test images')
    .argument('<config>', 'a config.json written by `hpo export`')
    .option('-o, --out <folder>', 'the folder to write (default: trained/ beside the configuration)')
    .option('--force', 'replace an existing folder')
    .option('--json', 'epochs and results on stdout, one JSON object a line')
    .addHelpText('after', MORE)
    .action(async (config: string, options: TrainOptions) => {
      const { executeTrain } = await import('../model/execute-train.js');
      cli.exitCode = await executeTrain(cli, config, options);
    });
}
