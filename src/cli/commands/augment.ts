// hpo augment: a picture of what augmentation strategies do to a study's own images.
import { type Command, InvalidArgumentError } from 'commander';
import { counted } from '../../system/format.js';
import { shortPath } from '../../system/short-path.js';
import type { Cli } from '../cli.js';
import { messagesTo } from '../messages.js';

const MOST = 50;

export function addAugmentCommand(program: Command, cli: Cli): void {
  program
    .command('augment')
    .description('draw a contact sheet of augmentation: training images and their views, as trials see them')
    .argument('<study>', 'a study.json or its folder')
    .requiredOption('-o, --out <picture>', 'the contact sheet: a .png, .jpg or .webp file')
    .option('--strategy <name>', 'only this strategy (default: all that the study may use)')
    .option('--images <n>', 'number of images, one in each row', count, 4)
    .option('--views <n>', 'number of views of each image (default: as in the study, at most 8)', count)
    .action((study: string, options: AugmentOptions) => augment(cli, study, options));
}

interface AugmentOptions {
  readonly out: string;
  readonly strategy?: string;
  readonly images: number;
  readonly views?: number;
}

async function augment({ terminal: { out, err } }: Cli, study: string, options: AugmentOptions): Promise<void> {
  const { drawAugmentation } = await import('../../app/draw-augmentation.js');
  const { file, strategies, images, views } = await drawAugmentation(study, { ...options, ...messagesTo(err) });
  out.line(shortPath(file));
  err.line(`${strategies.join(', ')}: ${counted(images, 'image')}, ${counted(views, 'view')} of each`);
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST}.`);
}
