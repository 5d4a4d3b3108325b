// hpo augment: a picture of what augmentation strategies do to a study's own images.
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';

const MOST = 50;

export interface AugmentOptions {
  readonly out: string;
  readonly strategy?: string;
  readonly images: number;
  readonly views?: number;
}

export function addAugmentCommand(program: Command, cli: Cli): void {
  program
    .command('augment')
    .description('draw what augmentation does: some training images, and views of them as trials see them')
    .argument('<study>', 'a study.json or its folder')
    .requiredOption('-o, --out <picture>', 'where to put the sheet: a .png, .jpg or .webp file')
    .option('--strategy <name>', 'one strategy, by name; otherwise all that the study may use')
    .option('--images <n>', 'rows', count, 4)
    .option('--views <n>', "views of each image; otherwise the study's, at most 8", count)
    .action(async (study: string, options: AugmentOptions) => {
      const { executeAugment } = await import('../augment/execute-augment.js');
      await executeAugment(cli, study, options);
    });
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST}.`);
}
