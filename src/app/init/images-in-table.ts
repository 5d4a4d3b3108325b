// A table of labels for hpo init: its columns, and the folder where its paths begin.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { missingEnding, readUnknownLabels } from '../../images/indexing/index-table.js';
import { type LabelTable } from '../../images/tables/read-table.js';
import { describeForm, isColumns } from '../../images/tables/label-cells.js';
import { type NamedColumns, columnsLine } from '../../images/tables/table-columns.js';
import { HpoError } from '../../study/errors.js';
import { shortPath } from '../../system/short-path.js';
import type { FirstStudyOptions, ImageFacts } from './first-study.js';
import { type FoundImages, classesNote, imbalanceNotes, pathFrom } from './images-for-study.js';

/** Rows whose files are looked for in a folder. */
const PROBED = 20;
/** Folders below the table's that are looked into. */
const MOST_FOLDERS = 200;

/**
 * Reads the table, and no image.
 * @param directory of the study file.
 * @param columns names of columns by what they hold; others are guessed.
 * @param images the folder where the table's paths begin. Default: the table's own folder, or one in it, where the first files are.
 * @throws HpoError ERR_DATA where the table cannot be used, or its files are not found.
 */
export async function imagesInTable(
  file: string,
  directory: string,
  images?: string,
  columns: NamedColumns = {},
): Promise<FoundImages> {
  const path = resolve(file);
  const folder = dirname(path);
  const split = { validationSplit: 0.2 };
  const described = { table: path, images: resolve(images ?? folder), columns, ...split };
  const { table, labels } = await readUnknownLabels(described, folder).catch((error: unknown) => {
    throw withRemedy(error);
  });
  const root = await rootOf(table, folder, images);
  const facts = factsOf(table);
  const { columns: found } = table;
  const has = (wanted: 'validation' | 'test'): boolean => table.images.some((one) => one.split === wanted);
  const data: FirstStudyOptions['data'] = {
    table: pathFrom(directory, path),
    ...(root === folder ? {} : { images: pathFrom(directory, root) }),
    columns: namesOf(table),
    ...(labels === undefined ? {} : { labels: isColumns(labels) ? [...labels] : labels }),
    given: { validation: has('validation'), test: has('test') },
  };
  const notes = [
    classesNote(facts, has('validation') || has('test') ? 'training image' : 'image', `, from ${table.place.name}`),
    `Columns: ${columnsLine(found)}. Change data.columns where a guess is wrong.`,
    `The table's paths begin at ${shortPath(root)}.`,
    ...(labels === undefined ? [] : labelNotes(table)),
    ...table.warnings,
    ...imbalanceNotes(facts),
    ...(has('validation') ? [] : ['Validation images are held out of the rows for training, by seed.']),
  ];
  return { facts, data, notes };
}

/** There is no study yet in which fields could be set: options say the same. */
function withRemedy(error: unknown): unknown {
  if (!(error instanceof HpoError) || error.code !== 'ERR_DATA') return error;
  const remedies = [
    ...(error.message.includes('data.columns.')
      ? ['--columns names columns, as in --columns file=Image,label=Finding']
      : []),
    ...(error.message.includes('data.images') ? ["--images names the folder where the table's paths begin"] : []),
  ];
  if (remedies.length === 0) return error;
  return new HpoError(error.code, [error.message, ...remedies].join('\n'), { cause: error });
}

/** Without those that data.labels has. */
function namesOf({ columns, reading }: LabelTable): Record<string, string> {
  const { guessed: _, labels: __, label, ...names } = columns;
  return label === undefined || reading.kind !== 'one' ? names : { ...names, label };
}

function labelNotes({ reading, images }: LabelTable): string[] {
  const lengths = images.map(({ label }) => (typeof label === 'number' ? 1 : label.length));
  const without = lengths.filter((length) => length === 0).length;
  const form = reading.kind === 'list' ? `, ${describeForm(reading.form)}` : '';
  return [
    `Each image may have several labels${form} (data.labels); ${without} of ${images.length} have none. The objective is the mean average precision.`,
    ...(lengths.every((length) => length === 1)
      ? [
          'Every image has exactly one label: a table with one column of labels makes a study of classes, which fits better.',
        ]
      : []),
  ];
}

/** Of the rows that are not for validation or the test. */
function factsOf({ classes, images, reading }: LabelTable): ImageFacts {
  const counts = classes.map(() => 0);
  for (const { label, split = 'train' } of images) {
    if (split !== 'train') continue;
    for (const one of typeof label === 'number' ? [label] : label) counts[one] = (counts[one] ?? 0) + 1;
  }
  const training = images.filter(({ split = 'train' }) => split === 'train').length;
  return { classes, counts, ...(reading.kind === 'one' ? {} : { task: 'multilabel', images: training }) };
}

/** The folder where most of the first files are. */
async function rootOf(table: LabelTable, folder: string, images: string | undefined): Promise<string> {
  const candidates = images === undefined ? [folder, ...(await foldersBelow(folder))] : [resolve(images)];
  const first = table.images.slice(0, PROBED);
  for (const root of candidates) {
    const ending = missingEnding(table, root);
    const found = first.filter(({ file }) => existsSync(join(root, file)) || existsSync(join(root, file + ending)));
    if (2 * found.length > first.length) return root;
  }
  const where = images === undefined ? `${shortPath(folder)} or a folder in it` : shortPath(resolve(images));
  throw new HpoError(
    'ERR_DATA',
    `expected the files of ${table.place.name} in ${where}, got none of most, such as ${first[0]?.file ?? ''}: name the folder where the table's paths begin with --images`,
  );
}

/** Two levels, in order. */
async function foldersBelow(folder: string, depth = 2): Promise<string[]> {
  if (depth === 0) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).slice(0, MOST_FOLDERS);
  const paths = folders.map(({ name }) => join(folder, name)).sort();
  const below = await Promise.all(paths.map((path) => foldersBelow(path, depth - 1)));
  return [...paths, ...below.flat()];
}
