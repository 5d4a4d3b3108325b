// study.json: the whole file.
import { z } from 'zod';
import { ENGINE_CHOICES } from '../engine-names.js';
import { augmentationsSchema } from './augmentation-schema.js';
import { backboneSchema } from './backbone-schema.js';
import { dataSchema } from './data-schema.js';
import { domainSchema } from './domain-schema.js';
import { prunerSchema } from './pruner-schema.js';
import { trainerSchema } from './trainer-schema.js';
import { trainingSchema } from './training-schema.js';
import { parseBytes } from '../../system/byte-size.js';
import { parseDuration } from '../../system/duration.js';
import { validationSchema } from './validation-schema.js';

export const searchSchema = z.strictObject({
  strategy: z.enum(['grid', 'random', 'sobol', 'bayesian', 'tpe']).default('bayesian').describe('The sampler.'),
  trials: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(30)
    .describe('Total number of trials. A continued study counts its earlier trials.'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('All randomness follows from it.'),
  levels: z.int().min(2).max(1000).default(5).describe('Grid search: number of values for each float.'),
  enqueue: z
    .array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])))
    .default([])
    .describe('Parameters to try first.'),
  warmStart: z
    .string()
    .min(1)
    .optional()
    .describe('Bayesian and TPE: another study whose trials the model starts from, by its file, folder or run folder.'),
  prior: z
    .enum(['fineTuning', 'none'])
    .optional()
    .describe(
      'Bayesian, with the built-in trainer: whether the search begins with what recorded fine-tunings teach. Default: fineTuning for a new study; one that began without goes on without.',
    ),
  startupTrials: z.int().min(0).optional().describe('Bayesian and TPE: number of trials before the model decides.'),
  time: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, 'a duration such as 90s, 20m or 1h30m')
    .optional()
    .describe('How long a run of the study may take, such as 90s, 20m or 1h30m. `hpo run --time` overrides it.'),
  stop: z
    .union([
      z.literal('noise'),
      z.strictObject({ improvement: z.number().gt(0).describe("In the objective's units, such as 0.001.") }),
    ])
    .optional()
    .describe(
      "Bayesian: ends the search early when the next trial is expected to improve the best value by less than this. noise: less than half of the best value's statistical error.",
    ),
  choose: z
    .enum(['best', 'cheaper', 'simpler'])
    .optional()
    .describe(
      'Which of the best trials is gone with. best: the best value. simpler, cheaper: among those that differ from it by less than one standard error of the difference, the one with the fewest trained blocks, or with the least training by multiply-accumulates. Default: best.',
    ),
  keep: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(
      'How many of the best trials keep their weights, for `hpo export --ensemble`. Default: 1, as many as `confirm` repeats, or 5 with `choose`.',
    ),
  confirm: z
    .strictObject({
      top: z.int().min(1).max(100).default(3).describe('How many of the best configurations are repeated.'),
      repeats: z.int().min(1).max(100).default(2).describe('Repeats of each, in addition to the trial that found it.'),
    })
    .optional()
    .describe('Repeats the best configurations with other seeds at the end; the best mean wins.'),
});

export const objectiveSchema = z.strictObject({
  metric: z
    .string()
    .min(1)
    .default('macroF1')
    .describe(
      "The validation metric to optimise. A trial's value is this metric at its best epoch. Your own trainer must report it.",
    ),
  direction: z.enum(['maximize', 'minimize']).default('maximize').describe('Which values are better.'),
  positiveClass: z
    .string()
    .min(1)
    .normalize('NFC')
    .optional()
    .describe(
      'The class for positiveF1, positivePrecision, positiveRecall and rocAuc. Default with two classes: the second.',
    ),
});

const auto = z.literal('auto');
export const resourcesSchema = z.strictObject({
  workers: z
    .union([auto, z.int().min(1).max(1024)])
    .default('auto')
    .describe('Number of trials at once. auto: one per core.'),
  gpus: z
    .union([auto, z.int().min(0), z.array(z.union([z.int().min(0), z.string()]))])
    .default('auto')
    .describe('How many GPUs, or which, by index or UUID. auto: all free GPUs.'),
  trialsPerGpu: z
    .union([auto, z.int().min(1).max(64)])
    .default(1)
    .describe(
      'Number of trials that share a GPU. auto, with the built-in trainer: as many as train more together, by a short measurement, and fit its memory.',
    ),
  engine: z
    .enum(ENGINE_CHOICES)
    .default('auto')
    .describe('The engine that trains. auto: the fastest on this machine, by a short measurement.'),
  lanes: z
    .union([auto, z.int().min(1).max(64)])
    .default('auto')
    .describe(
      'Batched trials: how many head-only trials a worker trains in one program. auto: as many as are faster this way, if the search loses nothing.',
    ),
  isolation: z
    .enum(['auto', 'thread', 'process'])
    .default('auto')
    .describe(
      'Where trials train: in threads of one process, or in one child process per slot, which contains native crashes. auto: a process for your own trainer and for engines that need one.',
    ),
  epochTimeout: z
    .union([auto, z.literal('none'), z.number().min(0.1).max(1e7)])
    .default('auto')
    .describe(
      'Seconds without a report after which a trial counts as hanging. auto: learned from the epochs so far, at least 10 minutes.',
    ),
  memory: z
    .union([
      auto,
      z.int().min(1),
      z.string().refine((text) => parseBytes(text) !== undefined, 'an amount such as 1.2 GB'),
    ])
    .optional()
    .describe(
      'What the built-in trainer may hold in memory, all workers together: bytes, or an amount such as 1.2 GB. Default: auto, half of what is free.',
    ),
  memoryPerTrial: z
    .number()
    .gt(0)
    .optional()
    .describe("GiB that a trial's process may use; for a thread, its JavaScript heap."),
  featureBudget: z
    .number()
    .min(0)
    .default(10)
    .describe('Gigabytes on disk for the feature cache of this machine, which all studies share.'),
  maxFailuresInARow: z.int().min(1).default(3).describe('The study stops after this many failed trials in a row.'),
});

const baseline = z
  .union([
    z.boolean(),
    z.strictObject({ epochs: z.int().min(1).max(10_000).describe('Default: as many as the best trial.') }),
  ])
  .describe(
    'Whether the best configuration is also trained from random weights, to measure the value of pre-training.',
  );

/** The file's shape; what fields mean together is checked by `parseStudy`. */
export const studySchema = z.strictObject({
  $schema: z.string().optional().describe('Where editors find the schema.'),
  name: z.string().min(1).max(200).optional().describe("Default: the name of the file's folder."),
  data: dataSchema.optional(),
  backbone: backboneSchema.optional(),
  trainer: trainerSchema.optional(),
  space: z
    .record(z.string().min(1), domainSchema)
    .refine((space) => Object.keys(space).length > 0, 'at least one parameter'),
  search: searchSchema.prefault({}),
  pruner: prunerSchema
    .optional()
    .describe(
      'Which trials go on. Default: freezeThaw with the built-in trainer and `search.prior`, median otherwise.',
    ),
  training: trainingSchema.prefault({}),
  augmentations: augmentationsSchema.optional(),
  objective: objectiveSchema.prefault({}),
  validation: validationSchema
    .optional()
    .describe('Trains every trial in folds. Missing: one split. For small data sets, where one split says little.'),
  baseline: baseline.optional(),
  resources: resourcesSchema.prefault({}),
});

export type StudyFile = z.output<typeof studySchema>;
export type DataConfiguration = NonNullable<StudyFile['data']>;
export type Preference = NonNullable<StudyFile['search']['choose']>;
export type SearchConfiguration = StudyFile['search'];
export type ResourcesConfiguration = StudyFile['resources'];
