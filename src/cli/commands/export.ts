// hpo export: the best trial of a study as a model that others can use.
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { messagesTo } from '../messages.js';
import { type ModelOptions, addModelOptions } from '../model-options.js';
import { HpoError } from '../../study/errors.js';
import { shortPath } from '../../system/short-path.js';
import { exportLines } from '../views/export-lines.js';
import { commandName } from '../../system/command-name.js';

interface ExportCommandOptions extends ModelOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly ensemble?: number;
  readonly calibrate?: boolean;
}

const MORE = `
The folder holds the model, input.json (class names and input format), config.json (a trainer configuration: \`hpo train\` makes the
model again), metrics.json and model-card.md. Formats of the model, all of them take raw pixels:

  onnx    model.onnx, for onnxruntime in any language
  tfjs    model.json and weights.bin, a tfjs layers model
  python  classify.py, a script of thirty lines, and the model.onnx that it uses
  page    page.html, one file that classifies photographs in a browser, without a network

--dtype float16 stores weights in half the room; whatever computes with them does so in float32.

--ensemble 3 averages up to three trials whose weights were kept ("search": { "keep": 5 }), as ONNX. ensemble.json names them, in place of config.json.
--calibrate scales the probabilities by a temperature, so that 0.8 means right in 8 of 10 cases on images like the validation images.

Where the trainer is a command, it prints the command line of the best trial instead.`;

export function addExportCommand(program: Command, cli: Cli): void {
  const command = program
    .command('export')
    .description('export the best trial: model, configuration, model card')
    .argument('<study>', 'a study.json, its folder, or its run folder')
    .option('-o, --out <folder>', 'the folder to write; required, unless the trainer is a command');
  addModelOptions(command)
    .option(
      '--ensemble <number>',
      'average up to this many trials whose weights were kept, instead of the best alone',
      Number,
    )
    .option('--calibrate', 'probabilities that fit the validation images (temperature scaling)')
    .option('--force', 'replace an existing folder')
    .addHelpText('after', MORE)
    .action((study: string, options: ExportCommandOptions) => exportBest(cli, study, options));
}

async function exportBest(cli: Cli, study: string, { out, format, ...options }: ExportCommandOptions): Promise<void> {
  const { terminal } = cli;
  const { bestCommand } = await import('../../app/best-command.js');
  const command = await bestCommand(study);
  if (command !== undefined) {
    if (out !== undefined) {
      const expected = 'expected no --out, because the trainer is a command';
      throw new HpoError('ERR_USAGE', `${expected}: the files of the best trial are in ${shortPath(command.folder)}`);
    }
    terminal.out.line(command.line);
    const { trial, folder } = command;
    return terminal.err.line(`trial ${trial.number}, epoch ${trial.best?.epoch}. Its files: ${shortPath(folder)}`);
  }
  if (out === undefined) throw new HpoError('ERR_USAGE', 'expected --out <folder>, got none');
  const { exportStudy } = await import('../../app/export-study.js');
  const messages = messagesTo(terminal.err);
  const { folder, trial, ensemble, calibration } = await exportStudy(study, {
    ...options,
    out,
    formats: format,
    ...messages,
  });
  const place = shortPath(folder);
  terminal.out.line(place);
  for (const line of exportLines(ensemble, calibration)) terminal.err.line(line);
  const isPageAlone = format?.every((one) => one === 'page') === true;
  const next = isPageAlone ? `open ${place}/page.html in a browser` : `${commandName()} predict ${place} <image…>`;
  terminal.err.line(`trial ${trial.number}, epoch ${trial.best?.epoch}. Next: ${next}`);
}
