// hpo init: a first study.json for a folder or a table of images.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { WrittenStudy } from '../../app/init-study.js';
import type { LayoutChoice } from '../../app/init/image-layout.js';
import type { Cli } from '../cli.js';
import { COLUMN_ROLES, type ColumnRole, type NamedColumns } from '../../images/tables/table-columns.js';
import { listed } from '../../system/format.js';
import { EXIT } from '../exit-code.js';
import { OFFLINE } from '../offline-option.js';
import { preparationOn } from '../preparation.js';
import { onInterrupt } from '../run/interrupts.js';
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

/** The file and what is known of it are told before the images are opened, so whoever stops that knows what there is. */
async function init(cli: Cli, images: string | undefined, options: InitOptions): Promise<void> {
  const { terminal } = cli;
  const { initStudy } = await import('../../app/init-study.js');
  const { images: imageFolder, ...rest } = options;
  const { onPhase, around } = preparationOn(terminal.err);
  const onProgress = (line: string): void => around(() => terminal.err.line(line));
  const abort = new AbortController();
  const { signal } = abort;
  const stopListening = onInterrupt((times) => {
    if (times > 1) process.exit(EXIT.interrupted);
    abort.abort();
  });
  let written: WrittenStudy | undefined;
  const onWritten = (study: WrittenStudy): void => {
    written = study;
    for (const note of study.notes) terminal.err.line(note);
    terminal.out.line(shortPath(study.file));
  };
  try {
    const { notes } = await initStudy({ ...rest, images, imageFolder, onProgress, onPhase, onWritten, signal });
    for (const note of notes.slice(written?.notes.length)) terminal.err.line(note);
  } catch (error) {
    if (!signal.aborted) throw error;
    terminal.err.line(written === undefined ? 'stopped; nothing was written' : STOPPED);
    cli.exitCode = EXIT.interrupted;
  } finally {
    stopListening();
  }
  if (written === undefined) return;
  const file = shortPath(written.file);
  terminal.err.line(`Next: ${commandName()} plan ${file}, then ${commandName()} run ${file}`);
}

const STOPPED = 'stopped before all images were opened: a plan or a run opens the others';
