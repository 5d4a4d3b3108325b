// hpo init: a first study.json for a folder of images.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { HpoError } from '../../study/errors.js';
import type { Cli } from '../cli.js';
import type { SweptStudy } from '../init/sweep/study-from-sweep.js';
import { shortPath } from '../short-path.js';

export function addInitCommand(program: Command, cli: Cli): void {
  program
    .command('init')
    .description('write a first study.json for a folder of images, or from a sweep configuration')
    .argument('[images]', 'a folder with one folder of images per class, or with train/, val/ and test/')
    .option('-o, --out <file>', 'where to write it', 'study.json')
    .option('-b, --backbone <name>', 'one of `hpo backbones`', 'quicknet')
    .option('-w, --weights <file>', 'pre-trained weights, if the package has none')
    .option('--from <sweep.yaml>', 'take space, search and pruner from a Weights & Biases sweep configuration')
    .action((images: string | undefined, options: InitOptions) => init(cli, images, options));
}

interface InitOptions {
  readonly out: string;
  readonly backbone: string;
  readonly weights?: string;
  readonly from?: string;
}

async function init({ terminal }: Cli, images: string | undefined, options: InitOptions): Promise<void> {
  if (images === undefined && options.from === undefined) {
    throw new HpoError('ERR_USAGE', 'expected a folder of images, or a sweep at --from, got neither');
  }
  const { composeStudy } = await import('../init/compose-study.js');
  const file = resolve(options.out);
  checkPlace(file);
  const { backbone, weights, from } = options;
  const { text, notes } = await composeStudy({
    ...(images === undefined ? {} : { images }),
    ...(weights === undefined ? {} : { weights }),
    ...(from === undefined ? {} : { sweep: await sweepAt(from) }),
    backbone,
    file,
  });
  await writeFile(file, text, { flag: 'wx' });
  for (const note of notes) terminal.err.line(note);
  terminal.out.line(shortPath(file));
  terminal.err.line(`Next: hpo plan ${shortPath(file)}, then hpo run ${shortPath(file)}`);
}

/** YAML is read only where there is some. */
async function sweepAt(file: string): Promise<SweptStudy> {
  const { readSweep } = await import('../init/sweep/read-sweep.js');
  return readSweep(file);
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
