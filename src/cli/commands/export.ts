// hpo export: the best trial of a study as a model that others can use.
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { messagesTo } from '../messages.js';
import { shortPath } from '../../system/short-path.js';
import { commandName } from '../../system/command-name.js';

const MORE = `
The folder holds the model (model.json and weights.bin: a tfjs layers model that takes raw pixels), input.json (class names and input
format), config.json (a trainer configuration: \`hpo train\` makes the model again), metrics.json and model-card.md.`;

export function addExportCommand(program: Command, cli: Cli): void {
  program
    .command('export')
    .description('export the best trial: model, configuration, model card')
    .argument('<study>', 'a study.json, its folder, or its run folder')
    .requiredOption('-o, --out <folder>', 'the folder to write')
    .option('--force', 'replace an existing folder')
    .addHelpText('after', MORE)
    .action(async (study: string, options: { readonly out: string; readonly force?: boolean }) => {
      const { exportStudy } = await import('../../app/export-study.js');
      const { folder, trial } = await exportStudy(study, { ...options, ...messagesTo(cli.terminal.err) });
      const place = shortPath(folder);
      cli.terminal.out.line(place);
      cli.terminal.err.line(
        `trial ${trial.number}, epoch ${trial.best?.epoch}. Next: ${commandName()} predict ${place} <image…>`,
      );
    });
}
