// hpo run: runs a study, or continues it.
import { type Command, Option } from 'commander';
import { ENGINE_CHOICES } from '../../study/engine-names.js';
import { HpoError } from '../../study/errors.js';
import type { Cli } from '../cli.js';
import type { RunOptions } from '../run/execute-run.js';

const MORE = `
Ctrl-C pauses the running trials; a second Ctrl-C stops at once. Nothing is lost; the same command continues.
With --json every event is a line of JSON on stdout; the last line is { "type": "ended", … }.
The run folder lies beside the file: study.json runs in study.run/.`;

export function addRunCommand(program: Command, cli: Cli): void {
  program
    .command('run')
    .description('run a study, or continue it')
    .argument('<study>', 'a study.json or its folder')
    .option('--plain', 'progress as lines of text, also in a terminal')
    .option('--json', 'events on stdout, one JSON object a line')
    .option('--workers <number>', 'trials at once (default: as in the study)', parseWorkers)
    .addOption(
      new Option('--engine <name>', 'the engine that trains (default: as in the study)').choices(ENGINE_CHOICES),
    )
    .option('--mirror <file>', 'keep an Optuna journal of the study up to date, for optuna-dashboard')
    .option('--fresh', 'start over; an earlier run is moved to earlier/, not deleted')
    .option('--no-feature-reuse', 'compute frozen features again each time: the same numbers, more work')
    .addHelpText('after', MORE)
    .action(async (study: string, options: RunOptions) => {
      const { executeRun } = await import('../run/execute-run.js');
      cli.exitCode = await executeRun(cli, study, options);
    });
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 1024) return workers;
  throw new HpoError('ERR_USAGE', `expected a whole number from 1 to 1024 at --workers, got '${text}'`);
}
