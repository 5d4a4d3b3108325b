// What training needs on this machine: images indexed, weights read, an engine chosen, slots to train in.
import { isMultilabel } from '../../study/task.js';
import type { EngineDevice, EngineName } from '../../engines/engine.js';
import { HpoError } from '../../study/errors.js';
import { type Precision, PRECISIONS } from '../../study/precision.js';
import type { StudyRecord } from '../../study/events.js';
import { isShortened } from '../../study/phases.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { DataConfiguration, ResourcesConfiguration } from '../../study/schema/study-schema.js';
import { counted } from '../../system/format.js';
import { allOrAbort } from '../../system/all-or-abort.js';
import { programFile } from '../../system/program-file.js';
import type { CnnSettings } from '../../trainer/cnn-settings.js';
import type { FoldOptions } from '../../images/indexing/image-data.js';
import { foldIndexes } from '../../images/fold-index.js';
import { type ImageIndex, classOf, entriesOf } from '../../images/indexing/image-index.js';
import { checkObjective, evaluatesTarget, splitOfMetric } from '../../trainer/evaluation.js';
import type { SlotPlan } from '../../workers/slot/slot-plan.js';
import type { TrainerReference } from '../../workers/thread/trainer-module.js';
import type { StudyFromFile } from '../files/study-file.js';
import type { Messages } from '../messages.js';
import { fetchMissingWeights } from '../weights/missing-weights.js';
import { backboneRemarks, statisticsRemarks } from './backbone-remarks.js';
import { type CheckedBackbone, checkBackbones, digestWeights } from './check-backbone.js';
import { type ChosenEngine, chooseEngine } from './choose-engine.js';
import { fieldValues, largestValue } from './field-values.js';
import { imagesRecord, indexStudyImages } from './index-study-images.js';
import { studySlices, withSlices } from './image-slices.js';
import { featureBudget, featuresFolder, thisMachine } from './machine.js';
import { type MemoryDivision, divideMemory, memoryBudget, parameterMemory, stepMemory } from './memory-budget.js';
import { NO_SLOTS, type SlotsOptions, studySlots } from './study-slots.js';

/** What is to be trained with the built-in trainer: of a study, or of the configuration of a single model. */
export interface TrainerInput extends Pick<StudyDefinition, 'name' | 'training' | 'augmentations' | 'objective'> {
  /** Where trials are trained in folds. */
  readonly validation?: FoldOptions | undefined;
  readonly data: DataConfiguration;
  /** Relative folders of images start here. */
  readonly directory: string;
  /** Those that trials may have. */
  readonly backbones: readonly CheckedBackbone[];
  readonly seed: number;
  readonly engine: ResourcesConfiguration['engine'];
  /** Bytes of cached features on disk. Default: the trainer's. */
  readonly cacheBudget?: number;
  readonly baselineEpochs?: number | undefined;
  /** The largest unfreezeDepth of any trial. */
  readonly maxDepth: number;
  /** Bytes of the largest step of a trial (`stepMemory`). Default: too few to count. */
  readonly step?: number;
  /** Those that trials may have. */
  readonly precisions: readonly Precision[];
  /** What trials do otherwise than configured, each in a sentence. */
  readonly remarks?: readonly string[];
  /** What belongs to the study's record, each in a sentence. */
  readonly warnings?: readonly string[];
}

export interface PrepareOptions extends Pick<Messages, 'onProgress' | 'onPhase'> {
  /** The engine that the study began on. */
  readonly began?: EngineName | undefined;
  /** The digest of the images that it began with; they are split as they were then. */
  readonly images?: string | undefined;
  /** Whether features of the frozen part are cached. */
  readonly reuse?: boolean | undefined;
  /** Downloads no weights. Default: what HPO_OFFLINE says. */
  readonly offline?: boolean | undefined;
  /** Whether the speed of its engine is wanted. */
  readonly measures?: boolean | undefined;
  /** The slots of a study. Default: training happens in this thread, with the whole machine. */
  readonly slots?: SlotsOptions;
}

/** A trainer as workers load it, with the slots that it trains in. */
export interface StudyTrainer {
  readonly reference: TrainerReference;
  /** Of the built-in trainer. */
  readonly settings?: CnnSettings;
  readonly slots: readonly SlotPlan[];
  /** What a study's journal remembers of it. */
  readonly record: Pick<StudyRecord, 'images' | 'weights' | 'engine'>;
  /** Missing with a trainer of the user's own. */
  readonly engineName?: EngineName;
  /** Images a second of the engine, where they were measured. */
  readonly speed?: ChosenEngine['speed'];
  /** What the engine computes on. */
  readonly device?: EngineDevice;
  /**
   * The class of each image that the objective is about, for each fold; one list where there are none. Missing where images have several
   * labels.
   */
  readonly labels?: readonly (readonly number[])[];
  /** How the images were found: a sentence each. */
  readonly imageFacts?: readonly string[];
  /** About images and backbone: they belong to the study. */
  readonly warnings: readonly string[];
  /** About its trials and this machine: they do not. */
  readonly notices: readonly string[];
}

/** The built-in trainer with all that it needs. */
export interface PreparedTrainer extends StudyTrainer {
  readonly settings: CnnSettings;
  readonly engine: ChosenEngine;
  readonly memory: MemoryDivision;
  readonly record: Required<StudyTrainer['record']>;
}

/** The built-in trainer as workers load it. */
const CNN_TRAINER = programFile(import.meta.url, '../../trainer/cnn-trainer');

/**
 * Images are indexed while the weights are fetched, where they are missing, and read, and while engines are tried in child processes; what measures time waits for the rest.
 * @throws HpoError ERR_DATA, ERR_WEIGHTS, ERR_ENGINE; ERR_STUDY_INVALID where the objective does not fit the classes, or the study its memory.
 */
export async function prepareTrainer(input: TrainerInput, options: PrepareOptions = {}): Promise<PreparedTrainer> {
  const { data, directory, backbones, seed, objective } = input;
  const { began, reuse = true, offline, onProgress, onPhase } = options;
  const abort = new AbortController();
  const { signal } = abort;

  const known = options.images;
  const indexing = indexStudyImages({
    ...{ data, directory, seed, validation: input.validation, signal, known, onProgress, onPhase },
  });
  const reading = fetchMissingWeights(backbones, { offline, signal, onProgress }).then(() =>
    digestWeights(backbones, seed),
  );
  const beforeMeasuring = (): Promise<unknown> => Promise.all([indexing, reading]);
  const choosing = chooseEngine(input.engine, {
    precisions: input.precisions,
    ...(options.slots === undefined ? {} : { gpus: options.slots.resources.gpus }),
    measures: options.measures ?? false,
    began,
    signal,
    beforeMeasuring,
    onProgress,
  });
  void tellWaits(onPhase, indexing, reading, choosing);
  const [index, weights, engine] = await allOrAbort([indexing, reading, choosing], abort).finally(() =>
    onPhase?.(undefined),
  );

  checkObjective(objective, index, objective.positiveClass, evaluatesTarget(index));
  const images = withSlices(imagesRecord(index), await studySlices(data, directory), index);
  const { slots, notices } =
    options.slots === undefined ? NO_SLOTS : await studySlots({ ...options.slots, step: input.step ?? 0 }, engine);
  const workers = Math.max(1, slots.length);
  const memory = divideMemory(memoryBudget(options.slots?.resources.memory), {
    ...{ workers, step: heldOf(input, engine), images: Object.values(index.splits).flat().length },
    kind: engine.name === 'torch' ? 'torch' : slots.some(({ kind }) => kind === 'process') ? 'process' : 'thread',
  });
  const choices = backbones.map(({ choice }) => choice);
  const [only, ...others] = choices;
  const settings: CnnSettings = {
    study: input.name,
    index,
    resize: 'resize' in data ? data.resize : 'crop',
    backbone: only !== undefined && others.length === 0 ? only : choices,
    training: input.training,
    augmentations: input.augmentations,
    objective,
    seed,
    engine: engine.name,
    // A slot without a GPU of its own may be kept from one.
    ...(slots.every(({ gpu }) => gpu !== undefined) ? { device: engine.device } : {}),
    reuse,
    cores: thisMachine().cores / workers,
    memory: memory.features,
    cache: featuresFolder(),
    cacheBudget: input.cacheBudget,
    baselineEpochs: input.baselineEpochs,
    maxDepth: input.maxDepth,
  };
  return {
    settings,
    engine,
    memory,
    reference: { module: CNN_TRAINER, settings },
    slots,
    record: { images, weights, engine: engine.name },
    engineName: engine.name,
    device: engine.device,
    ...(engine.speed === undefined ? {} : { speed: engine.speed }),
    ...(isMultilabel(index) ? {} : { labels: labelsOf(index, objective.metric) }),
    imageFacts: index.facts ?? [],
    warnings: [...(input.warnings ?? []), ...index.warnings],
    notices: [...engine.warnings, ...(input.remarks ?? []), ...notices],
  };
}

/** Bytes that a step takes of this machine's memory. What Apple's GPUs compute in is the machine's. */
function heldOf({ step = 0, backbones }: TrainerInput, { device }: ChosenEngine): number {
  return device === 'cpu' || device === 'mps' ? step : Math.min(step, parameterMemory(backbones));
}

/** The class of each image that a metric is about, for each fold. */
function labelsOf(index: ImageIndex, metric: string): number[][] {
  return foldIndexes(index).map((one) => entriesOf(one, splitOfMetric(metric)).map(classOf));
}

/** All three happen at once; what is waited for is the first of them that is not done. */
async function tellWaits(
  onPhase: Messages['onPhase'],
  indexing: Promise<unknown>,
  reading: Promise<unknown>,
  choosing: Promise<unknown>,
): Promise<void> {
  const open = new Set(['indexing', 'reading', 'choosing']);
  const waits = { indexing, reading, choosing };
  for (const [name, wait] of Object.entries(waits)) {
    const over = (): void => void open.delete(name);
    wait.then(over, () => open.clear());
  }
  // Whoever waits for the promises themselves is told of errors.
  await indexing.catch(() => {});
  if (open.has('reading')) onPhase?.({ name: 'reading the weights of the backbone' });
  await reading.catch(() => {});
  if (open.has('choosing')) onPhase?.({ name: 'checking that the engine starts' });
}

/**
 * What a study of images trains, checked as far as possible before anything is loaded.
 * @throws HpoError ERR_USAGE where the study has a trainer of its own; ERR_BACKBONE, ERR_WEIGHTS, ERR_STUDY_INVALID.
 */
export function inputOfStudy({ definition, directory }: Pick<StudyFromFile, 'definition' | 'directory'>): TrainerInput {
  const { data, search, resources, baseline, name, training, augmentations, objective, validation } = definition;
  if (data === undefined) {
    throw new HpoError('ERR_USAGE', 'expected a study of the built-in trainer, got one with a custom trainer');
  }
  const backbones = checkBackbones(definition, directory);
  return {
    ...{ name, training, augmentations, objective, validation, data, directory },
    backbones,
    seed: search.seed,
    engine: resources.engine,
    cacheBudget: featureBudget(definition),
    baselineEpochs: typeof baseline === 'object' ? baseline.epochs : undefined,
    maxDepth: largestValue(definition, 'unfreezeDepth'),
    step: stepMemory(definition, backbones),
    precisions: PRECISIONS.filter((precision) => fieldValues(definition, 'precision').includes(precision)),
    remarks: phaseRemarks(definition),
    warnings: [...backboneRemarks(definition), ...statisticsRemarks(definition, backbones), ...fileRemarks(backbones)],
  };
}

/** What a person should know of how model files are read. */
function fileRemarks(backbones: readonly CheckedBackbone[]): string[] {
  return backbones.flatMap(({ backbone: { file } }) => file?.remarks ?? []);
}

/** Where a trial has too few epochs for its phases as configured. */
function phaseRemarks(definition: StudyDefinition): string[] {
  const epochs = Math.min(...fieldValues(definition, 'epochs').map(Number));
  const headEpochs = largestValue(definition, 'headEpochs');
  const [unfreezeDepth, unfreezeEvery] = [
    largestValue(definition, 'unfreezeDepth'),
    largestValue(definition, 'unfreezeEvery'),
  ];
  const isGradual = fieldValues(definition, 'unfreezing').includes('gradual');
  const fields = { epochs, headEpochs, unfreezeDepth, unfreezeEvery, unfreezing: 'atOnce' } as const;
  if (isShortened(fields)) {
    const head = `the head phase takes ${epochs - 1} instead of headEpochs ${headEpochs}`;
    return [`trials of ${counted(epochs, 'epoch')}: ${head}, so that unfrozen blocks are trained`];
  }
  if (!isGradual || !isShortened({ ...fields, unfreezing: 'gradual' })) return [];
  const pace = `blocks are unfrozen faster than unfreezeEvery ${unfreezeEvery}`;
  return [`trials of ${counted(epochs, 'epoch')}: ${pace}, so that all ${unfreezeDepth} are trained`];
}
