// hpo init: a first study.json for a folder of images.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { HpoError } from '../../study/errors.js';
import type { Cli } from '../cli.js';
import { shortPath } from '../short-path.js';

export function addInitCommand(program: Command, cli: Cli): void {
  program
    .command('init')
    .description('write a first study.json for a folder of images')
    .argument('<images>', 'a folder with one folder of images per class, or with train/, val/ and test/')
    .option('-o, --out <file>', 'where to write it', 'study.json')
    .option('-b, --backbone <name>', 'one of `hpo backbones`', 'quicknet')
    .option('-w, --weights <file>', 'its pre-trained weights, where the package has none')
    .action((images: string, options: InitOptions) => init(cli, images, options));
}

interface InitOptions {
  readonly out: string;
  readonly backbone: string;
  readonly weights?: string;
}

async function init({ terminal }: Cli, images: string, options: InitOptions): Promise<void> {
  const { composeStudy } = await import('../init/compose-study.js');
  const file = resolve(options.out);
  checkPlace(file);
  const { text, notes } = await composeStudy({ ...options, images, file });
  await writeFile(file, text, { flag: 'wx' });
  for (const note of notes) terminal.err.line(note);
  terminal.out.line(shortPath(file));
  terminal.err.line(`Next: hpo plan ${shortPath(file)}, then hpo run ${shortPath(file)}`);
}

function checkPlace(file: string): void {
  if (existsSync(file)) {
    throw new HpoError(
      'ERR_USAGE',
      `expected a file that does not exist yet, got ${shortPath(file)}: name another with --out`,
    );
  }
  if (!existsSync(dirname(file))) {
    throw new HpoError('ERR_USAGE', `expected a folder that exists at --out, got ${dirname(file)}`);
  }
}
