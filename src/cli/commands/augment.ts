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
    .description('draw a contact sheet of augmentation: training images and their views, as trials see them')
    .argument('<study>', 'a study.json or its folder')
    .requiredOption('-o, --out <picture>', 'the contact sheet: a .png, .jpg or .webp file')
    .option('--strategy <name>', 'only this strategy (default: all that the study may use)')
    .option('--images <n>', 'number of images, one in each row', count, 4)
    .option('--views <n>', 'number of views of each image (default: as in the study, at most 8)', count)
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
