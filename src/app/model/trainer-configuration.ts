// config.json: everything that the trainer needs for one model, to be read and edited by hand.
import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { ENGINE_CHOICES } from '../../study/engine-names.js';
import { HpoError, messageOf } from '../../study/errors.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { strategyProblems } from '../../study/schema/augmentation-schema.js';
import { backboneChoices, backboneSchema, isModelFile, weightsFor } from '../../study/schema/backbone-schema.js';
import { sliceProblems } from '../../study/schema/label-problems.js';
import { parseLimitedJson } from '../../study/schema/limited-json.js';
import { formatProblem, problemsOf } from '../../study/schema/problems.js';
import { studySchema } from '../../study/schema/study-schema.js';
import { type TrainingConfiguration, trainingFields } from '../../study/schema/training-schema.js';
import type { Trial } from '../../study/trial.js';
import { type ModelEvaluation, intervalSchema } from '../../trainer/evaluation.js';
import { isHubName } from '../../backbones/download/hub/hub-name.js';
import { clampDepth, configurationOf, trainableBlocks } from '../../trainer/finetune/configuration.js';
import type { CheckedBackbone } from '../setup/check-backbone.js';
import { movedTarget } from '../files/target-folders.js';
import { largestValue } from '../setup/field-values.js';
import { shortPath } from '../../system/short-path.js';

const { data, augmentations, objective } = studySchema.shape;
const weights = z.string().min(1).optional();

/** As in study.json, but with one value for every training field, and the identity from which all randomness follows. */
const schema = z.strictObject({
  name: z.string().min(1),
  data: data.unwrap(),
  backbone: backboneSchema.extend({ name: z.string().min(1), weights }),
  training: z.strictObject(trainingFields).partial(),
  augmentations,
  objective: objective.prefault({}),
  identity: z
    .strictObject({
      seed: z.int().min(0),
      trial: z.int().min(0),
      maxDepth: z
        .int()
        .min(0)
        .optional()
        .describe("The study's largest unfreezeDepth: the same layers are cached then."),
      images: z
        .string()
        .optional()
        .describe("The digest of the study's images: those that are split by seed are split as they were then."),
    })
    .default({ seed: 0, trial: 0 }),
  validation: z
    .strictObject({
      folds: z.int().min(2).max(100),
      repeats: z.int().min(1).max(100).default(1),
      epochs: z
        .int()
        .min(1)
        .describe('Epochs that the folds found: the model is trained for so many on all images outside of the test.'),
      interval: intervalSchema.optional().describe('What the folds let expect of it.'),
    })
    .optional(),
  expected: intervalSchema
    .optional()
    .describe(
      'What the study lets expect of it on other images, where that is known: the choice among trials is counted in.',
    ),
  engine: z.enum(ENGINE_CHOICES).default('auto'),
});

export interface TrainerConfiguration extends Omit<z.output<typeof schema>, 'training'> {
  /** Complete: what the file leaves out has its default. */
  readonly training: TrainingConfiguration;
}

/** @throws HpoError ERR_STUDY_NOT_FOUND, ERR_STUDY_INVALID with every problem of the file. */
export async function readTrainerConfiguration(file: string): Promise<TrainerConfiguration> {
  const place = shortPath(resolve(file));
  const input = jsonOf(await readText(file), place);
  const parsed = schema.safeParse(input);
  const found = parsed.success
    ? [...strategyProblems({ ...parsed.data, space: {} }), ...sliceProblems(parsed.data.data)]
    : problemsOf(parsed.error.issues, input, schema);
  if (parsed.success && found.length === 0)
    return { ...parsed.data, training: configurationOf(parsed.data.training as Partial<TrainingConfiguration>, {}) };
  const problems = found.map((problem) => `  ${formatProblem(problem)}`);
  throw new HpoError('ERR_STUDY_INVALID', [`${place} is not a trainer configuration:`, ...problems].join('\n'));
}

/** What is known of a trial whose model is to be made again. */
export interface KnownTrial {
  readonly definition: StudyDefinition;
  readonly trial: Trial;
  /** The backbone that the trial trains. */
  readonly checked: Pick<CheckedBackbone, 'backbone'>;
  /** The digest of the study's images. */
  readonly images: string | undefined;
  /** What the trial's folds let expect. */
  readonly interval?: ModelEvaluation['interval'];
  /** What the whole study lets expect. */
  readonly expected?: ModelEvaluation['interval'];
}

/** The configuration that makes a trial's model again; paths as the study has them. */
export function configurationOfTrial(known: KnownTrial): TrainerConfiguration {
  const { definition, trial, checked, images, interval, expected } = known;
  const { data, objective, search, validation } = definition;
  if (data === undefined) {
    throw new HpoError('ERR_USAGE', 'expected a study of the built-in trainer, got one with a custom trainer');
  }
  const backbone = backboneOfTrial(definition, trial);
  const wanted = configurationOf(definition.training, trial.parameters);
  const isChosen = backboneChoices(definition.space) !== undefined;
  const training = isChosen ? clampDepth(wanted, trainableBlocks(checked.backbone)) : wanted;
  return {
    name: definition.name,
    data,
    backbone,
    training,
    ...ownStrategy(definition, training.augmentation),
    objective,
    identity: { seed: search.seed, trial: trial.number, maxDepth: largestValue(definition, 'unfreezeDepth'), images },
    ...(validation === undefined || trial.best === undefined
      ? {}
      : { validation: { folds: validation.folds, repeats: validation.repeats, epochs: trial.best.epoch, interval } }),
    ...(expected === undefined ? {} : { expected }),
    engine: 'auto',
  };
}

/** The backbone that the trial trains, with its weights as the study has them. */
export function backboneOfTrial(
  { backbone = {}, space }: Pick<StudyDefinition, 'backbone' | 'space'>,
  { parameters }: Pick<Trial, 'parameters'>,
): TrainerConfiguration['backbone'] {
  const name = backboneChoices(space) === undefined ? backbone.name : parameters['backbone'];
  if (typeof name !== 'string') throw new HpoError('ERR_STUDY_INVALID', 'expected a backbone, got none');
  // A choice may be a file itself.
  const weights = weightsFor(backbone, name) ?? (isModelFile(name) ? name : undefined);
  return { ...backbone, name, weights };
}

/** The strategy that the trial uses, where it is one of the study's own. */
function ownStrategy(
  { augmentations = {} }: StudyDefinition,
  name: string,
): Pick<TrainerConfiguration, 'augmentations'> {
  const operations = Object.hasOwn(augmentations, name) ? augmentations[name] : undefined;
  return operations === undefined ? {} : { augmentations: { [name]: operations } };
}

/** The same configuration in another folder: relative paths lead to the same places. */
export function moveConfiguration(configuration: TrainerConfiguration, from: string, to: string): TrainerConfiguration {
  const move = (path: string): string => {
    if (path === 'random' || isHubName(path) || isAbsolute(path)) return path;
    return relative(to, resolve(from, path)).split(sep).join('/') || '.';
  };
  const { data, backbone } = configuration;
  const weights = backbone.weights === undefined ? {} : { weights: move(backbone.weights) };
  // A model file that starts from random weights has its path in its name alone.
  const name = isModelFile(backbone.name) && !isModelFile(backbone.weights) ? move(backbone.name) : backbone.name;
  return { ...configuration, data: moveData(data, move), backbone: { ...backbone, name, ...weights } };
}

function moveData(data: TrainerConfiguration['data'], move: (path: string) => string): TrainerConfiguration['data'] {
  if ('drawn' in data) return data;
  return { ...moveSource(data, move), ...movedTarget(data, move) };
}

type FileData = Exclude<TrainerConfiguration['data'], { drawn: unknown }>;

function moveSource(data: FileData, move: (path: string) => string): FileData {
  if ('folder' in data) return { ...data, folder: move(data.folder) };
  if ('table' in data) {
    const images = data.images === undefined ? {} : { images: move(data.images) };
    return { ...data, table: move(data.table), ...images };
  }
  const { train, validation, test } = data;
  const splits = { train: move(train), validation: move(validation) };
  return { ...data, ...splits, ...(test === undefined ? {} : { test: move(test) }) };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new HpoError('ERR_STUDY_NOT_FOUND', `expected a trainer configuration, got ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function jsonOf(text: string, place: string): unknown {
  try {
    return parseLimitedJson(text);
  } catch (error) {
    throw new HpoError('ERR_STUDY_INVALID', `${place}: ${messageOf(error)}`, { cause: error });
  }
}
