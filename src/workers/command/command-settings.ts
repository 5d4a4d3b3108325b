// What a slot needs to train by a command. Plain data: it crosses threads, processes and machines.
import type { CommandConfiguration } from '../../study/schema/trainer-schema.js';
import { programFile } from '../../system/program-file.js';
import type { TrainerReference } from '../thread/trainer-module.js';

export interface CommandSettings extends CommandConfiguration {
  /** Where the program starts: the study's folder, absolute. */
  readonly folder: string;
}

/** The command as a trainer that slots load. */
export function commandTrainer(settings: CommandSettings): TrainerReference {
  return { module: programFile(import.meta.url, 'command-trainer'), settings };
}
