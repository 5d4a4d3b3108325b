// study.json: the whole file.
import { z } from 'zod';
import { augmentationsSchema } from './augmentation-schema.js';
import { backboneSchema } from './backbone-schema.js';
import { domainSchema } from './domain-schema.js';
import { prunerSchema } from './pruner-schema.js';
import { trainingSchema } from './training-schema.js';

const resize = z
  .enum(['crop', 'stretch', 'pad'])
  .default('crop')
  .describe('How an image becomes square: shorter side to size and centre crop, stretched, or padded.');
const maxCorruptShare = z
  .number()
  .min(0)
  .max(1)
  .default(0.05)
  .describe('Share of unreadable images that is tolerated.');

const splitFolders = z
  .strictObject({
    train: z.string().min(1).describe('A folder with one folder of images per class.'),
    validation: z.string().min(1).describe('The same class folders; trials are judged by these images.'),
    test: z.string().min(1).optional().describe('The same class folders; looked at once, by `hpo train`.'),
    resize,
    maxCorruptShare,
  })
  .describe('One folder for each split.');

const oneFolder = z
  .strictObject({
    folder: z.string().min(1).describe('A folder with one folder of images per class.'),
    validationSplit: z.number().gt(0).lt(1).default(0.2).describe('Share held out for validation, stratified.'),
    testSplit: z.number().min(0).lt(1).default(0).describe('Share held out for the test, stratified.'),
    resize,
    maxCorruptShare,
  })
  .describe('One folder, split by the study seed.');

const drawn = z
  .strictObject({
    drawn: z.strictObject({
      family: z.enum(['traffic-signs', 'pictograms']).describe('What is drawn; the families share no class.'),
      perClass: z
        .strictObject({ train: z.int().min(1), validation: z.int().min(1), test: z.int().min(0).default(0) })
        .describe('Images of each class.'),
      seed: z.int().min(0).default(0).describe("Which images; not the study's seed, so that studies can share them."),
      difficulty: z
        .number()
        .min(0)
        .max(1)
        .default(0.6)
        .describe('From clear pictures to small, hidden ones in any weather.'),
    }),
  })
  .describe('Images that the program draws itself.');

const search = z.strictObject({
  strategy: z
    .enum(['grid', 'random', 'sobol', 'bayesian', 'tpe'])
    .default('bayesian')
    .describe('How parameters are chosen.'),
  trials: z.int().min(1).max(1_000_000).default(30).describe('In total, also when a study is continued.'),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('Everything random follows from it.'),
  levels: z.int().min(2).max(1000).default(5).describe('Grid search: values tried of each float.'),
  enqueue: z
    .array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])))
    .default([])
    .describe('Parameters to try first.'),
  warmStart: z
    .string()
    .min(1)
    .optional()
    .describe('Bayesian and TPE: another study whose trials the model begins with, by its file, folder or run.'),
  startupTrials: z.int().min(0).optional().describe('Bayesian and TPE: trials before the model decides.'),
  confirm: z
    .strictObject({
      top: z.int().min(1).max(100).default(3).describe('How many of the best configurations.'),
      repeats: z.int().min(1).max(100).default(2).describe('How often each, beside the trial that found it.'),
    })
    .optional()
    .describe('Repeats of the best configurations with other seeds at the end; the winner is the best on average.'),
});

const objective = z.strictObject({
  metric: z
    .string()
    .min(1)
    .default('macroF1')
    .describe(
      "A trial's value is this validation metric at its best epoch; with a trainer of your own, one that it reports.",
    ),
  direction: z.enum(['maximize', 'minimize']).default('maximize').describe('Which values are better.'),
  positiveClass: z
    .string()
    .min(1)
    .optional()
    .describe('The class that positiveF1, positivePrecision, positiveRecall and rocAuc are about; of two, the second.'),
});

const auto = z.literal('auto');
const resources = z.strictObject({
  workers: z
    .union([auto, z.int().min(1).max(1024)])
    .default('auto')
    .describe('Trials at once. auto: one per core.'),
  gpus: z
    .union([auto, z.int().min(0), z.array(z.union([z.int().min(0), z.string()]))])
    .default('auto')
    .describe('How many, or which, by index or UUID.'),
  trialsPerGpu: z.int().min(1).max(64).default(1).describe('Trials that share a GPU.'),
  engine: z
    .enum(['auto', 'onnx', 'cuda', 'tensorflow', 'webgpu', 'wasm', 'cpu'])
    .default('auto')
    .describe('What trains. auto: the fastest here, by a short measurement.'),
  lanes: z
    .union([auto, z.int().min(1).max(64)])
    .default('auto')
    .describe(
      'Trials of the head alone that a worker trains side by side. auto: as many as are faster so, where the search loses nothing by it.',
    ),
  isolation: z
    .enum(['auto', 'thread', 'process'])
    .default('auto')
    .describe(
      'Where trials train: in threads of one process, or each slot in a process of its own, which a native crash cannot leave. auto: a process for a trainer of your own and where the engine needs one.',
    ),
  epochTimeout: z
    .union([auto, z.literal('none'), z.number().min(0.1).max(1e7)])
    .default('auto')
    .describe(
      'Seconds without a report after which a trial counts as hanging. auto: learned from the epochs so far, 10 minutes at least.',
    ),
  memoryPerTrial: z
    .number()
    .gt(0)
    .optional()
    .describe("GiB that a trial's process may take; of a thread, its JavaScript heap."),
  featureBudget: z
    .number()
    .min(0)
    .default(10)
    .describe('Gigabytes on disk that kept frozen features of this machine may take, of all studies together.'),
  maxFailuresInARow: z.int().min(1).default(3).describe('The study stops after so many failed trials in a row.'),
});

const trainer = z.strictObject({
  module: z.string().min(1).describe('A JavaScript module of your own whose default export trains a trial.'),
  settings: z.unknown().optional().describe('Handed to the module as it is.'),
});

const baseline = z
  .union([z.boolean(), z.strictObject({ epochs: z.int().min(1).max(10_000).describe('Default: those of the trial.') })])
  .describe(
    'Whether the best configuration is trained from random weights as well, to see what pre-training is worth.',
  );

/** The file's shape; what fields mean together is checked by `parseStudy`. */
export const studySchema = z.strictObject({
  $schema: z.string().optional().describe('Where editors find the schema.'),
  name: z.string().min(1).max(200).optional().describe("Default: the name of the file's folder."),
  data: z.union([splitFolders, oneFolder, drawn]).optional(),
  backbone: backboneSchema.optional(),
  trainer: trainer.optional(),
  space: z
    .record(z.string().min(1), domainSchema)
    .refine((space) => Object.keys(space).length > 0, 'at least one parameter'),
  search: search.prefault({}),
  pruner: prunerSchema.prefault({ type: 'median' }),
  training: trainingSchema.prefault({}),
  augmentations: augmentationsSchema.optional(),
  objective: objective.prefault({}),
  baseline: baseline.optional(),
  resources: resources.prefault({}),
});

export type StudyFile = z.output<typeof studySchema>;
export type DataConfiguration = NonNullable<StudyFile['data']>;
export type SearchConfiguration = StudyFile['search'];
export type ResourcesConfiguration = StudyFile['resources'];
