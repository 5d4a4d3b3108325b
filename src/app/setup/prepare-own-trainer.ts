// What a trainer of the user's own needs on this machine: its module or its command, and slots to train in.
import { resolve } from 'node:path';
import { unusedParameters } from '../../study/command/command-line.js';
import { HpoError } from '../../study/errors.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { type OwnTrainer, isCommand } from '../../study/schema/trainer-schema.js';
import { checkCommand } from '../../workers/command/check-command.js';
import { commandTrainer } from '../../workers/command/command-settings.js';
import type { TrainerReference } from '../../workers/thread/trainer-module.js';
import type { StudyFromFile } from '../files/study-file.js';
import type { StudyTrainer } from './prepare-trainer.js';
import { NO_SLOTS, type SlotsOptions, studySlots } from './study-slots.js';

/**
 * Nothing of the user's is loaded or started.
 * @param wanted missing where this machine trains nothing.
 * @throws HpoError ERR_ENGINE where the study names a GPU that is not there; ERR_TRAINER_COMMAND where a command cannot be started.
 */
export async function prepareOwnTrainer(
  { definition, directory }: Pick<StudyFromFile, 'definition' | 'directory'>,
  wanted: SlotsOptions | undefined,
): Promise<StudyTrainer> {
  const { trainer } = definition;
  if (trainer === undefined) throw new HpoError('ERR_USAGE', 'expected a study with a trainer of its own');
  const reference = referenceOf(trainer, directory);
  const { slots, notices } =
    wanted === undefined ? NO_SLOTS : await studySlots({ ...wanted, isCommand: isCommand(trainer) });
  return { reference, slots, record: {}, warnings: commandWarnings(definition), notices };
}

function referenceOf(trainer: OwnTrainer, directory: string): TrainerReference {
  if (!isCommand(trainer)) return { ...trainer, module: resolve(directory, trainer.module) };
  const settings = { ...trainer, folder: directory };
  checkCommand(settings);
  return commandTrainer(settings);
}

/** What a person may have forgotten; also for the plan. */
function commandWarnings({ trainer, space }: Pick<StudyDefinition, 'trainer' | 'space'>): readonly string[] {
  if (!isCommand(trainer)) return [];
  return unusedParameters(trainer, space).map(
    (name) =>
      `space.${name} has no placeholder in trainer.command: the program finds it in HPO_PARAMETERS and HPO_PARAMETERS_FILE alone`,
  );
}
