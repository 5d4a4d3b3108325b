// hpo predict: classifies images with an exported model.
import type { Command } from 'commander';
import { HpoError } from '../../study/errors.js';
import type { Cli } from '../cli.js';

export interface PredictOptions {
  readonly top: number;
  readonly json?: boolean;
}

export function addPredictCommand(program: Command, cli: Cli): void {
  program
    .command('predict')
    .description('classify images with an exported model')
    .argument('<model>', 'a folder written by `hpo export` or `hpo train`')
    .argument('<images...>', 'image files')
    .option('-k, --top <number>', 'number of classes to show for each image', parseTop, 1)
    .option('--json', 'as JSON: the classes of each image with their probabilities')
    .action(async (model: string, images: string[], options: PredictOptions) => {
      const { executePredict } = await import('../model/execute-predict.js');
      cli.exitCode = await executePredict(cli, model, images, options);
    });
}

function parseTop(text: string): number {
  const top = Number(text);
  if (Number.isInteger(top) && top >= 1) return top;
  throw new HpoError('ERR_USAGE', `expected a whole number from 1 at --top, got '${text}'`);
}
