// hpo init: a first study.json for a folder or a table of images.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LayoutChoice } from '../../app/init/image-layout.js';
import type { Cli } from '../cli.js';
import { COLUMN_ROLES, type ColumnRole, type NamedColumns } from '../../images/tables/table-columns.js';
import { listed } from '../../system/format.js';
import { OFFLINE } from '../offline-option.js';
import { preparationOn } from '../preparation.js';
import { shortPath } from '../../system/short-path.js';
import { commandName } from '../../system/command-name.js';

export function addInitCommand(program: Command, cli: Cli): void {
  program
    .command('init')
    .description('write a first study.json for a folder or a table of images, or from a sweep configuration')
    .argument('[images]', 'a folder with one folder of images per class, or with train/, val/ and test/; or a table')
    .option('-o, --out <file>', 'where to write it', 'study.json')
    .addOption(
      new Option(
        '--layout <layout>',
        'whether folders named train, val, … are splits, or every folder is a class',
      ).choices(['auto', 'splits', 'classes']),
    )
    .option('--images <folder>', 'of a table: where its paths begin (default: where its files are found)')
    .option(
      '--columns <role=name,…>',
      'of a table: which columns hold file, label, split, group and weight (default: guessed by their names)',
      readColumns,
    )
    .option(
      '-b, --backbone <name>',
      'one of `hpo backbones`, an .onnx file, or hf:OWNER/NAME (default: mobilenetv3small)',
    )
    .option('-w, --weights <file>', 'pre-trained weights, if the package has none')
    .option(...OFFLINE)
    .option(
      '--from <sweep.yaml>',
      'take space, search and pruner from a Weights & Biases sweep configuration; without images also its program',
    )
    .action((images: string | undefined, options: InitOptions) => init(cli, images, options));
}

/** "file=Image,label=Finding". A name may hold commas where no role follows them. */
function readColumns(text: string): NamedColumns {
  const columns: Partial<Record<ColumnRole, string>> = {};
  for (const part of text.split(new RegExp(`,(?=(?:${COLUMN_ROLES.join('|')})=)`))) {
    const [role = '', ...name] = part.split('=');
    const known = COLUMN_ROLES.find((one) => one === role);
    if (known === undefined || name.join('=') === '')
      throw new InvalidArgumentError(
        `expected such as file=Image,label=Finding with ${listed(COLUMN_ROLES)}, got '${part}'.`,
      );
    columns[known] = name.join('=');
  }
  return columns;
}

interface InitOptions {
  readonly out: string;
  readonly images?: string;
  readonly columns?: NamedColumns;
  readonly backbone?: string;
  readonly layout?: LayoutChoice;
  readonly weights?: string;
  readonly from?: string;
  readonly offline?: boolean;
}

async function init({ terminal }: Cli, images: string | undefined, options: InitOptions): Promise<void> {
  const { initStudy } = await import('../../app/init-study.js');
  const { images: imageFolder, ...rest } = options;
  const { onPhase, around } = preparationOn(terminal.err);
  const onProgress = (line: string): void => around(() => terminal.err.line(line));
  const { file, notes } = await initStudy({ ...rest, images, imageFolder, onProgress, onPhase });
  for (const note of notes) terminal.err.line(note);
  terminal.out.line(shortPath(file));
  terminal.err.line(`Next: ${commandName()} plan ${shortPath(file)}, then ${commandName()} run ${shortPath(file)}`);
}
