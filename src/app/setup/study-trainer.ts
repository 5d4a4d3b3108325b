// The trainer that a study's workers load, the built-in one or the user's own, with the slots that it trains in.
import { resolve } from 'node:path';
import type { EngineName } from '../../engines/engine.js';
import type { StudyRecord } from '../../study/events.js';
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import { programFile } from '../../system/program-file.js';
import type { CnnSettings } from '../../trainer/cnn-settings.js';
import type { TrainerReference } from '../../workers/thread/trainer-module.js';
import type { StudyFromFile } from '../files/study-file.js';
import type { Messages } from '../messages.js';
import { type PreparedTrainer, inputOfStudy, prepareTrainer } from './prepare-trainer.js';
import { studySlots } from './study-slots.js';

/** The built-in trainer as the workers load it. */
const CNN_TRAINER = programFile(import.meta.url, '../../trainer/cnn-trainer');

export interface StudyTrainerOptions extends Pick<Messages, 'onProgress'> {
  /** Trials at a time. Default: as the study says. */
  readonly workers?: ResourcesConfiguration['workers'] | undefined;
  /** What trains. Default: as the study says. */
  readonly engine?: ResourcesConfiguration['engine'] | undefined;
  /** Whether features of the frozen part are cached. The numbers are the same either way. Default: true. */
  readonly featureReuse?: boolean | undefined;
}

export interface StudyTrainer extends Pick<PreparedTrainer, 'slots' | 'warnings' | 'notices'> {
  readonly reference: TrainerReference;
  /** Of the built-in trainer. */
  readonly settings?: CnnSettings;
  readonly record: Pick<StudyRecord, 'images' | 'weights' | 'engine'>;
  /** The class of each validation image. */
  readonly labels?: readonly number[];
}

/** @param trials that the study comes to. @param began the engine that it began on. @throws HpoError as `prepareTrainer`. */
export async function prepareStudyTrainer(
  file: StudyFromFile,
  options: StudyTrainerOptions,
  trials: number,
  began?: EngineName,
): Promise<StudyTrainer> {
  const { trainer, resources } = file.definition;
  const wanted = { resources, workers: options.workers ?? resources.workers, trials };
  if (trainer !== undefined) {
    const { slots, notices } = await studySlots(wanted);
    const reference = { ...trainer, module: resolve(file.directory, trainer.module) };
    return { reference, slots, notices, record: {}, warnings: [] };
  }
  const input = inputOfStudy(file);
  const { settings, engine, ...rest } = await prepareTrainer(
    { ...input, engine: options.engine ?? input.engine },
    { began, slots: wanted, reuse: options.featureReuse, onProgress: options.onProgress },
  );
  return {
    ...rest,
    settings,
    reference: { module: CNN_TRAINER, settings },
    notices: [...engine.notes, ...engine.warnings, ...rest.notices],
    labels: settings.index.splits.validation.map(({ label }) => label),
  };
}
