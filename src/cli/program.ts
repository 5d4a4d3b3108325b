// The command line as a whole: which commands there are, and what becomes of what they throw.
import { Command, CommanderError } from 'commander';
import type { Cli } from './cli.js';
import { addAugmentCommand } from './commands/augment.js';
import { addBackbonesCommand } from './commands/backbones.js';
import { addBestCommand } from './commands/best.js';
import { addCheckCommand } from './commands/check.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addEngineCommand } from './commands/engine.js';
import { addCacheCommand } from './commands/cache.js';
import { addExportCommand } from './commands/export.js';
import { addInitCommand } from './commands/init.js';
import { addListCommand } from './commands/list.js';
import { addLrFindCommand } from './commands/lr-find.js';
import { addPlanCommand } from './commands/plan.js';
import { addPredictCommand } from './commands/predict.js';
import { addReportCommand } from './commands/report.js';
import { addRunCommand } from './commands/run.js';
import { addShowCommand } from './commands/show.js';
import { addTrainCommand } from './commands/train.js';
import { addWatchCommand } from './commands/watch.js';
import { addWorkerCommand } from './commands/worker.js';
import { addWorkersCommand } from './commands/workers.js';
import { describeError } from './describe-error.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { readVersion } from '../system/versions.js';
import type { Terminal } from './terminal.js';
import { addCompletionCommand } from './commands/completion.js';
import { examplesText } from './examples.js';

/** In the order in which a person needs them. */
const COMMANDS = [
  addInitCommand,
  addPlanCommand,
  addAugmentCommand,
  addLrFindCommand,
  addRunCommand,
  addWorkerCommand,
  addWorkersCommand,
  addWatchCommand,
  addShowCommand,
  addBestCommand,
  addListCommand,
  addReportCommand,
  addExportCommand,
  addTrainCommand,
  addPredictCommand,
  addBackbonesCommand,
  addEngineCommand,
  addDoctorCommand,
  addCheckCommand,
  addCacheCommand,
  addCompletionCommand,
];

const MORE = `
Examples:
  $ hpo init photos                 a first study.json for a folder with one folder of images per class
  $ hpo run study.json              search; Ctrl-C keeps everything, the same command continues
  $ hpo export study.json --out model
  $ hpo predict model cat.jpg

Exit codes: 0 done, 1 failed, 2 refused (usage, study, data), 130 interrupted, nothing is lost.`;

/** Runs one command line (without node and script). Resolves to the exit code; never rejects. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const cli: Cli = { terminal, exitCode: EXIT.done };
  const program = createProgram(cli);
  try {
    if (args.length === 0) {
      program.outputHelp();
      return EXIT.done;
    }
    await program.parseAsync(args, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.refused;
    const debug = program.opts<{ debug?: boolean }>().debug === true;
    for (const line of describeError(error, { debug, style: terminal.err.style })) terminal.err.line(line);
    return exitCodeOf(error);
  }
}

function createProgram(cli: Cli): Command {
  const { out, err } = cli.terminal;
  const program = new Command('hpo')
    .description('Finds the best way to fine-tune a pre-trained CNN on your images.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', MORE)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.line(text.replace(/\n$/, '')),
      writeErr: (text) => err.line(text.replace(/\n$/, '')),
      getOutHelpWidth: () => out.columns,
      getErrHelpWidth: () => err.columns,
      outputError: (text, write) => write(`${err.style.red('hpo:')} ${text.replace(/^error: /, '')}`),
    });
  for (const add of COMMANDS) add(program, cli);
  for (const command of program.commands) command.addHelpText('after', examplesText(command.name()));
  return program;
}
