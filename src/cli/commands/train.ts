// hpo train: the trainer alone, from an exported or hand-written configuration.
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-code.js';
import { messagesTo } from '../messages.js';
import { OFFLINE } from '../offline-option.js';
import { PYTHON } from '../python-option.js';
import { type ModelOptions, addModelOptions } from '../model-options.js';
import { onInterrupt } from '../run/interrupts.js';

const MORE = `
The same configuration (identity included) makes the same model. Ctrl-C keeps the epochs so far; the same command continues.`;

export function addTrainCommand(program: Command, cli: Cli): void {
  const command = program
    .command('train')
    .description('train one model and evaluate it on the test images')
    .argument('<config>', 'a config.json written by `hpo export`')
    .option('-o, --out <folder>', 'the folder to write (default: trained/ beside the configuration)');
  addModelOptions(command)
    .option('--force', 'replace an existing folder')
    .option('--json', 'epochs and results on stdout, one JSON object a line')
    .option(...PYTHON)
    .option(...OFFLINE)
    .addHelpText('after', MORE)
    .action((config: string, options: TrainOptions) => train(cli, config, options));
}

interface TrainOptions extends ModelOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly offline?: boolean;
}

async function train(cli: Cli, file: string, { json, format, ...options }: TrainOptions): Promise<void> {
  const { terminal } = cli;
  const { trainModel } = await import('../../app/train-model.js');
  const { jsonTrainView, textTrainView } = await import('../train/train-view.js');
  const view = json === true ? jsonTrainView(terminal.out) : textTrainView(terminal);
  const abort = new AbortController();
  const stopListening = onInterrupt((times) => {
    if (times > 1) process.exit(EXIT.interrupted);
    abort.abort();
    terminal.err.line('stopping after this epoch; Ctrl-C again stops at once');
  });
  try {
    const { signal } = abort;
    const result = await trainModel(file, {
      ...options,
      formats: format,
      ...messagesTo(terminal.err),
      ...view,
      signal,
    });
    if (result !== undefined) return view.onResult(result);
    terminal.err.line('stopped; the same command continues');
    cli.exitCode = EXIT.interrupted;
  } finally {
    stopListening();
  }
}
