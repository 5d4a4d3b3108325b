// The command line of a study's best trial, where its trainer is a command.
import { dirname, join } from 'node:path';
import { winnerOf } from '../controller/confirmation.js';
import { commandLine, quoted, shellText, trialSeed } from '../study/command/command-line.js';
import { HpoError } from '../study/errors.js';
import { isCommand } from '../study/schema/trainer-schema.js';
import type { Trial } from '../study/trial.js';
import { type StudyView, readStudy } from './files/read-study.js';

export interface BestCommand {
  readonly trial: Trial;
  /** For a POSIX shell. */
  readonly line: string;
  /** What the trial left; hpo keeps that of the best. */
  readonly folder: string;
}

/**
 * How to run the best trial's program by hand, from the study's folder and with its seed.
 * @param study a study.json, its folder, or a run; it may be running.
 * @returns undefined where the trainer is no command.
 * @throws HpoError ERR_STUDY_NOT_FOUND; ERR_USAGE where no trial has a value.
 */
export async function bestCommand(study: string): Promise<BestCommand | undefined> {
  const view = await readStudy(study);
  if (!isCommand(view.definition.trainer)) return undefined;
  const winner = winnerOf(view.history);
  if (winner === undefined) {
    throw new HpoError('ERR_USAGE', `expected a finished trial to export, got none in ${view.name} yet`);
  }
  const { trial } = winner;
  const folder = join(view.layout.trials, String(trial.number));
  return { trial, folder, line: lineOf(view, trial, folder) };
}

function lineOf({ definition, layout }: StudyView, trial: Trial, directory: string): string {
  const { trainer, search } = definition;
  if (!isCommand(trainer)) return '';
  const { number, parameters } = trial;
  const { seed } = search;
  const line = commandLine(trainer, { trial: number, seed, directory, reported: 0, parameters }, join);
  const variables: Readonly<Record<string, string | undefined>> = {
    HPO_PARAMETERS: JSON.stringify(parameters),
    HPO_SEED: String(trialSeed(seed, number)),
    ...line.env,
  };
  const set = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quoted(value)}`],
  );
  return `cd ${quoted(dirname(layout.root))} && ${[...set, shellText([line.program, ...line.args])].join(' ')}`;
}
