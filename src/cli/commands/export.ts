// hpo export: the best trial of a study as a model that others can use.
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { messagesTo } from '../messages.js';
import { type ModelOptions, addModelOptions } from '../model-options.js';
import { shortPath } from '../../system/short-path.js';
import { commandName } from '../../system/command-name.js';

interface ExportCommandOptions extends ModelOptions {
  readonly out: string;
  readonly force?: boolean;
}

const MORE = `
The folder holds the model, input.json (class names and input format), config.json (a trainer configuration: \`hpo train\` makes the
model again), metrics.json and model-card.md. Formats of the model, all of them take raw pixels:

  onnx    model.onnx, for onnxruntime in any language
  tfjs    model.json and weights.bin, a tfjs layers model
  python  classify.py, a script of thirty lines, and the model.onnx that it uses
  page    page.html, one file that classifies photographs in a browser, without a network

--dtype float16 stores weights in half the room; whatever computes with them does so in float32.`;

export function addExportCommand(program: Command, cli: Cli): void {
  const command = program
    .command('export')
    .description('export the best trial: model, configuration, model card')
    .argument('<study>', 'a study.json, its folder, or its run folder')
    .requiredOption('-o, --out <folder>', 'the folder to write');
  addModelOptions(command)
    .option('--force', 'replace an existing folder')
    .addHelpText('after', MORE)
    .action(async (study: string, { format, ...options }: ExportCommandOptions) => {
      const { exportStudy } = await import('../../app/export-study.js');
      const messages = messagesTo(cli.terminal.err);
      const { folder, trial } = await exportStudy(study, { ...options, formats: format, ...messages });
      const place = shortPath(folder);
      cli.terminal.out.line(place);
      const isPageAlone = format?.every((one) => one === 'page') === true;
      const next = isPageAlone ? `open ${place}/page.html in a browser` : `${commandName()} predict ${place} <image…>`;
      cli.terminal.err.line(`trial ${trial.number}, epoch ${trial.best?.epoch}. Next: ${next}`);
    });
}
