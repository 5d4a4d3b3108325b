// The trainer that runs a program for each trial; slots load it as they load any trainer module.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, PARAMETERS_FILE, trialSeed } from '../../study/command/command-line.js';
import type { Train, TrainContext, TrainEnd } from '../../study/train.js';
import type { Assignment } from '../../study/trial-runner.js';
import type { Report } from '../../study/trial.js';
import { checkReport } from '../protocol/check-report.js';
import { contractFailure, outsideFailure, TrialFailure } from '../protocol/failure.js';
import { trainerEnvironment } from '../trainer-environment.js';
import { checkCommand } from './check-command.js';
import { failureOfCommand } from './command-failure.js';
import { CommandProcess, REPORT_DESCRIPTOR } from './command-process.js';
import type { CommandSettings } from './command-settings.js';

/** @throws HpoError ERR_TRAINER_COMMAND where the program or its script is not on this machine. */
export function createTrain(settings: CommandSettings): Train {
  checkCommand(settings);
  return (assignment, context) => train(settings, assignment, context);
}

async function* train(
  settings: CommandSettings,
  assignment: Assignment,
  context: TrainContext,
): AsyncGenerator<Report, TrainEnd | void, void> {
  const { signal } = context;
  const isGivenUp = (): boolean => signal.aborted;
  if (isGivenUp()) return;
  const program = startProgram(settings, assignment, context);
  const giveUp = (): void => void program.terminate();
  signal.addEventListener('abort', giveUp, { once: true });
  let isAnyReport = assignment.reported > 0;
  try {
    for (let next = await program.next(); next !== undefined; next = await program.next()) {
      isAnyReport = true;
      const report = checkReport(next.report);
      if ('problem' in report) throw new TrialFailure(contractFailure(report.problem));
      yield { seconds: Math.round(next.seconds * 1000) / 1000, ...report };
      program.goOn();
    }
  } finally {
    signal.removeEventListener('abort', giveUp);
    await program.stop(isGivenUp());
  }
  if (isGivenUp()) return;
  checkEnd(program, isAnyReport);
  return program.reason === undefined ? undefined : { reason: program.reason };
}

function startProgram(settings: CommandSettings, assignment: Assignment, context: TrainContext): CommandProcess {
  const { folder, grace } = settings;
  const line = commandLine(settings, assignment, join);
  const env = { ...trainerEnvironment(), ...variablesOf(assignment, context), ...line.env };
  return new CommandProcess({ line, folder, grace, context, env });
}

/** What every program is told, beside its arguments. */
function variablesOf(assignment: Assignment, { slot }: TrainContext): NodeJS.ProcessEnv {
  const { trial, seed, reported, source = 'sampler', directory, fold } = assignment;
  const parameters = JSON.stringify(assignment.parameters);
  const file = join(directory, PARAMETERS_FILE);
  writeFileSync(file, `${parameters}\n`);
  return {
    HPO_PARAMETERS: parameters,
    HPO_PARAMETERS_FILE: file,
    HPO_TRIAL: String(trial),
    HPO_SEED: String(trialSeed(seed, trial)),
    HPO_DIRECTORY: directory,
    HPO_REPORTED: String(reported),
    HPO_REPORT_FD: String(REPORT_DESCRIPTOR),
    HPO_SLOT: String(slot),
    HPO_SOURCE: source,
    // Which part of the data is for validation, where the study has folds.
    ...(fold === undefined ? {} : { HPO_FOLD: JSON.stringify(fold) }),
    // Python would keep its lines back until there are 8 KiB of them.
    PYTHONUNBUFFERED: process.env['PYTHONUNBUFFERED'] ?? '1',
  };
}

const EXAMPLE = '{"epoch": 1, "metrics": {"accuracy": 0.9}}';

/** @throws TrialFailure where the program did not end well. */
function checkEnd({ end, failedStart }: CommandProcess, isAnyReport: boolean): void {
  if (failedStart !== undefined) {
    throw new TrialFailure(outsideFailure('ERR_TRAINER_COMMAND', `could not start it: ${failedStart.message}`));
  }
  const failure = end === undefined ? undefined : failureOfCommand(end);
  if (failure !== undefined) throw new TrialFailure(failure);
  if (isAnyReport) return;
  const message = `expected a report from the command, a line such as ${EXAMPLE} on standard output, got none before it ended`;
  throw new TrialFailure(contractFailure(message));
}
