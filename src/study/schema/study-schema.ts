// study.json: the whole file.
import { z } from 'zod';
import { ENGINE_CHOICES } from '../engine-names.js';
import { augmentationsSchema } from './augmentation-schema.js';
import { backboneSchema } from './backbone-schema.js';
import { domainSchema } from './domain-schema.js';
import { prunerSchema } from './pruner-schema.js';
import { trainerSchema } from './trainer-schema.js';
import { trainingSchema } from './training-schema.js';
import { parseDuration } from '../../system/duration.js';
import { validationSchema } from './validation-schema.js';
import { patternProblem } from '../../system/safe-pattern.js';

const resize = z
  .enum(['crop', 'stretch', 'pad'])
  .default('crop')
  .describe(
    'How an image becomes square. crop: resize the shorter side, then crop the centre; stretch; pad: add borders.',
  );
const maxCorruptShare = z.number().min(0).max(1).default(0.05).describe('Tolerated share of unreadable images.');

const groupBy = z
  .string()
  .min(1)
  .max(500)
  .superRefine((pattern, context) => {
    const problem = patternProblem(pattern);
    if (problem !== undefined)
      context.addIssue({ code: 'custom', message: `a regular expression in RE2's syntax (${problem})` });
  })
  .optional()
  .describe(
    "A regular expression on each image's path, such as `(person\\d+)_`. What it captures names the image's group. Or `exif:series`, `exif:camera`: by the camera's data. No group is in two splits.",
  );

const target = z
  .strictObject({
    unlabelled: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A folder of images, at any depth. `adversarial` and `batchNormStatistics` adapt to them. No label is read.',
      ),
    validation: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A few with labels: a folder with class folders. Each epoch reports their scores as `target/macroF1` and so on.',
      ),
    test: z.string().min(1).optional().describe('The same class folders. Used once, by `hpo train`.'),
  })
  .refine((folders) => Object.values(folders).some((folder) => folder !== undefined), 'at least one folder')
  .optional()
  .describe('Images of another domain: of where the model will be used.');

const splitFolders = z
  .strictObject({
    train: z.string().min(1).describe('A folder with one folder of images per class.'),
    validation: z.string().min(1).describe('The same class folders. Trials are evaluated on these images.'),
    test: z.string().min(1).optional().describe('The same class folders. Used once, by `hpo train`.'),
    target,
    groupBy,
    resize,
    maxCorruptShare,
  })
  .describe('One folder for each split.');

const oneFolder = z
  .strictObject({
    folder: z.string().min(1).describe('A folder with one folder of images per class.'),
    validationSplit: z.number().gt(0).lt(1).default(0.2).describe('Share held out for validation, stratified.'),
    testSplit: z.number().min(0).lt(1).default(0).describe('Share held out for testing, stratified.'),
    target,
    groupBy,
    resize,
    maxCorruptShare,
  })
  .describe('One folder, split by the study seed.');

const columnName = z.string().min(1).nullable().optional();
const several = z
  .union([
    z.array(z.string().min(1)).min(2).max(2000),
    z.strictObject({
      column: z.string().min(1).optional().describe('Column of lists. Default: guessed from usual names.'),
      separator: z
        .string()
        .min(1)
        .max(20)
        .optional()
        .describe('What stands between the labels of a cell. Default: guessed from the cells, and shown.'),
      none: z.string().min(1).optional().describe('What a cell holds where an image has no label.'),
    }),
  ])
  .optional()
  .describe(
    'Several labels an image: names of columns that hold 1 or 0 (true, false, yes, no), or one column of lists. Default: each image has one label.',
  );
const table = z
  .strictObject({
    table: z
      .string()
      .min(1)
      .describe(
        'A table with one row for each image: a .csv, .tsv, .jsonl or .parquet file. CSV and TSV have a header.',
      ),
    images: z
      .string()
      .min(1)
      .optional()
      .describe("The folder where the table's paths begin. Default: the table's own."),
    columns: z
      .strictObject({
        file: columnName.describe('Column of paths.'),
        label: columnName.describe('Column of class names.'),
        split: columnName.describe('Column of train, validation or test.'),
        group: columnName.describe('Column of groups, such as patients. No group is in two splits.'),
        weight: columnName.describe("Column of each training image's weight in the loss."),
      })
      .optional()
      .describe('Names of columns. Those not named are guessed from usual names; null: there is no such column.'),
    labels: several,
    slices: z
      .array(z.string().min(1))
      .min(1)
      .max(20)
      .optional()
      .describe(
        'Columns such as hospital or camera: how good the best model is on the images of each of their values.',
      ),
    validationSplit: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.2)
      .describe('Share held out for validation, stratified, where the table has no validation rows.'),
    testSplit: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('Share held out for testing, stratified, where the table has no split for it.'),
    target,
    groupBy,
    resize,
    maxCorruptShare: maxCorruptShare.describe('Tolerated share of missing and unreadable images.'),
  })
  .describe('A table of files and labels.');

const weather = z.array(z.enum(['clear', 'fog', 'night', 'rain'])).min(1);
const drawn = z
  .strictObject({
    drawn: z.strictObject({
      family: z.enum(['traffic-signs', 'pictograms']).describe('The motifs. The families share no classes.'),
      perClass: z
        .strictObject({ train: z.int().min(1), validation: z.int().min(1), test: z.int().min(0).default(0) })
        .describe('Number of images of each class, by split.'),
      seed: z
        .int()
        .min(0)
        .default(0)
        .describe("Selects the images. It is separate from the study's seed, so that studies can share images."),
      difficulty: z
        .number()
        .min(0)
        .max(1)
        .default(0.6)
        .describe('From 0, clear pictures, to 1, small and partly hidden ones in any weather.'),
      weather: weather
        .optional()
        .describe('Each picture has one of these, all as likely. Default: any mixture, the more the more difficult.'),
    }),
    target: z
      .strictObject({
        weather: weather.describe('Of the pictures of the other domain.'),
        perClass: z
          .strictObject({
            unlabelled: z.int().min(0).default(0),
            validation: z.int().min(0).default(0),
            test: z.int().min(0).default(0),
          })
          .describe(
            'Number of images of each class: without labels, for the target scores of each epoch, for `hpo train`.',
          ),
      })
      .optional()
      .describe('Pictures of the same motifs in other weather, as another domain.'),
  })
  .describe('Images that the program draws itself.');

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
      'Bayesian, with the built-in trainer: whether the search begins with what recorded fine-tunings teach. Default: none. `hpo init` writes fineTuning.',
    ),
  startupTrials: z.int().min(0).optional().describe('Bayesian and TPE: number of trials before the model decides.'),
  time: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, 'a duration such as 90s, 20m or 1h30m')
    .optional()
    .describe('How long a run of the study may take, such as 90s, 20m or 1h30m. `hpo run --time` goes before it.'),
  stop: z
    .union([
      z.literal('noise'),
      z.strictObject({ improvement: z.number().gt(0).describe("In the objective's units, such as 0.001.") }),
    ])
    .optional()
    .describe(
      "Bayesian: ends the search early when the next trial is expected to improve the best value by less than this. noise: less than half of the best value's statistical error.",
    ),
  keep: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(
      'How many of the best trials keep their weights, for `hpo export --ensemble`. Default: 1, or as many as `confirm` repeats.',
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
  trialsPerGpu: z.int().min(1).max(64).default(1).describe('Number of trials that share a GPU.'),
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
  data: z.union([splitFolders, oneFolder, table, drawn]).optional(),
  backbone: backboneSchema.optional(),
  trainer: trainerSchema.optional(),
  space: z
    .record(z.string().min(1), domainSchema)
    .refine((space) => Object.keys(space).length > 0, 'at least one parameter'),
  search: searchSchema.prefault({}),
  pruner: prunerSchema.prefault({ type: 'median' }),
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
export type SearchConfiguration = StudyFile['search'];
export type ResourcesConfiguration = StudyFile['resources'];
