// The part of study.json that says where the images are: folders, a table, or drawn ones.
import { z } from 'zod';
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
        'Columns such as hospital or camera: how good the best model is on the images of each of their values, of those that trials are validated on.',
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
        .describe(
          'Each picture has one of these, with equal probability. Default: random mixtures, stronger with `difficulty`.',
        ),
    }),
    target: z
      .strictObject({
        weather: weather.describe('As above, for the pictures of the other domain.'),
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

export const dataSchema = z.union([splitFolders, oneFolder, table, drawn]);
