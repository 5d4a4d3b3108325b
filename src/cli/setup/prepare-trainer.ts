// From a study to the trainer that its workers load: the built-in one with its images and weights, or the user's own.
import { resolve } from 'node:path';
import type { StudyRecord } from '../../study/events.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { EngineName } from '../../engines/engine.js';
import type { SlotPlan } from '../../workers/slot/slot-plan.js';
import type { TrainerReference } from '../../workers/thread/trainer-module.js';
import type { StudyFromFile } from '../study-file.js';
import type { Outlet } from '../terminal.js';
import { type Meanwhile, besideIndexing } from './beside-indexing.js';
import type { ChosenEngine } from './choose-engine.js';
import { cnnSettings } from './cnn-settings.js';
import { checkBackbones, digestWeights } from './check-backbone.js';
import { largestValue } from './field-values.js';
import { imagesRecord } from './index-study-images.js';
import { type Machine, workerShare } from './machine.js';
import type { PlannedSlots } from './study-slots.js';

/** Bytes. */
export const GIGABYTE = 1e9;

export interface TrainerOptions {
  readonly machine: Machine;
  /** @param engine missing with a trainer of the user's own. */
  readonly planSlots: (engine?: ChosenEngine) => Promise<PlannedSlots>;
  readonly reuse: boolean;
  readonly chooseEngine: (meanwhile: Meanwhile) => Promise<ChosenEngine>;
  /** The built-in trainer's module. */
  readonly builtIn: string;
  /** Told when indexing takes a while. */
  readonly progress: Outlet;
}

export interface PreparedTrainer {
  readonly reference: TrainerReference;
  readonly slots: readonly SlotPlan[];
  /** What the journal is to remember beside the definition. */
  readonly record: Pick<StudyRecord, 'images' | 'weights' | 'engine'>;
  /** About the images; they belong to the study. */
  readonly warnings: readonly string[];
  /** About this machine; they do not. */
  readonly notices: readonly string[];
  readonly engine?: EngineName;
  /** The class of each validation image. */
  readonly labels?: readonly number[];
}

/** @throws HpoError ERR_DATA, ERR_BACKBONE, ERR_WEIGHTS, ERR_ENGINE, ERR_STUDY_INVALID. */
export async function prepareTrainer(study: StudyFromFile, options: TrainerOptions): Promise<PreparedTrainer> {
  const { definition, directory } = study;
  if (definition.trainer !== undefined) {
    const { module, settings } = definition.trainer;
    const reference = { module: resolve(directory, module), ...(settings === undefined ? {} : { settings }) };
    const { slots, notices } = await options.planSlots();
    return { reference, slots, record: {}, warnings: [], notices };
  }
  return prepareCnn(definition, directory, options);
}

async function prepareCnn(
  definition: StudyDefinition,
  directory: string,
  options: TrainerOptions,
): Promise<PreparedTrainer> {
  const data = definition.data as NonNullable<StudyDefinition['data']>;
  const { seed } = definition.search;
  const checked = checkBackbones(definition, directory);
  const [only, ...others] = checked.map(({ choice }) => choice);
  const choose = async (meanwhile: Meanwhile): Promise<PlannedSlots & { readonly engine: ChosenEngine }> => {
    const engine = await options.chooseEngine(meanwhile);
    return { engine, ...(await options.planSlots(engine)) };
  };
  const images = { data, directory, seed };
  const [index, [weights, { engine, slots, notices }]] = await besideIndexing(images, options.progress, (meanwhile) => {
    const digesting = digestWeights(checked, seed);
    const quiet = async (): Promise<void> => void (await Promise.all([meanwhile.quiet(), digesting]));
    return Promise.all([digesting, choose({ ...meanwhile, quiet })]);
  });
  const settings = cnnSettings({
    study: definition.name,
    data,
    index,
    backbone: only !== undefined && others.length === 0 ? only : checked.map(({ choice }) => choice),
    training: definition.training,
    augmentations: definition.augmentations,
    objective: definition.objective,
    seed,
    engine: engine.name,
    reuse: options.reuse,
    ...workerShare(slots.length, options.machine),
    cacheBudget: definition.resources.featureBudget * GIGABYTE,
    baselineEpochs: typeof definition.baseline === 'object' ? definition.baseline.epochs : undefined,
    maxDepth: largestValue(definition, 'unfreezeDepth'),
  });
  return {
    reference: { module: options.builtIn, settings },
    slots,
    record: { images: imagesRecord(index), weights, engine: engine.name },
    warnings: index.warnings,
    notices: [...engine.notes, ...engine.warnings, ...notices],
    engine: engine.name,
    labels: index.splits.validation.map(({ label }) => label),
  };
}
