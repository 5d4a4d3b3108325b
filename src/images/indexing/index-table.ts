// The index of images that a table lists.
import { existsSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { counted, formatDigits } from '../../system/format.js';
import { shortPath } from '../../system/short-path.js';
import { must } from '../../system/must.js';
import { detectLabels } from '../tables/detect-labels.js';
import { type SeveralLabels, describeForm, labelReading } from '../tables/label-cells.js';
import { openTable } from '../tables/open-table.js';
import { type LabelTable, readTable } from '../tables/read-table.js';
import { chooseColumns, columnsLine } from '../tables/table-columns.js';
import { checkCorrupt, checkNoEmptyClass, checkNoEmptyLabel } from './checks.js';
import { pooled } from './folds.js';
import { finishIndex } from './finish-index.js';
import { groupBy } from './group-by.js';
import { DEFAULT_MAX_CORRUPT_SHARE, type FileData, type IndexOptions, type TableData } from './image-data.js';
import { type ImageIndex, SPLITS, type SkippedFile, type Split } from './image-index.js';
import { type InspectedImages, type ListedImage, inspectImages } from './inspect-images.js';
import { NO_SUCH_FILE } from './inspection-cache.js';
import { type FoundImage, labelNamesOf, nameOfImage } from './look-alikes.js';
import { READABLE } from './scan.js';
import { splitImages } from './group-split.js';
import { checkGroupsApart, groupFacts, withGroups } from './groups.js';
import type { SplitImages } from './stratified-split.js';

/** Rows that a message names. */
const NAMED = 5;
/** Rows without an ending whose files are looked for: some may be missing. */
const TRIED = 20;

/** The table of a study, read, and the folder where its paths begin. Opens no image. */
export async function readLabels(data: TableData, directory: string): Promise<{ table: LabelTable; root: string }> {
  const file = resolve(directory, data.table);
  const root = resolve(directory, data.images ?? dirname(data.table));
  const reader = await openTable(file);
  const columns = chooseColumns(reader, data.columns, data.labels);
  const reading = await labelReading(reader, columns, data.labels);
  return { table: await readTable(reader, columns, root, reading), root };
}

/** As `readLabels`, of a table that nobody described: where no column of labels is named, whether its images have several labels is found out. */
export async function readUnknownLabels(
  data: TableData,
  directory: string,
): Promise<{ readonly table: LabelTable; readonly labels: SeveralLabels | undefined }> {
  const isNamed = typeof data.columns?.label === 'string';
  const labels = isNamed ? undefined : await detectLabels(await openTable(resolve(directory, data.table)));
  const { table } = await readLabels({ ...data, labels }, directory);
  return { table, labels };
}

/** @throws HpoError ERR_DATA where the table cannot be used, or more of its images than tolerated are missing or unreadable. */
export async function indexTable(data: TableData & FileData, options: IndexOptions): Promise<ImageIndex> {
  const { table, root } = await readLabels(data, options.directory);
  const { groupBy: pattern } = data;
  if (pattern !== undefined && data.columns?.group != null) {
    throw new HpoError('ERR_DATA', 'expected data.groupBy or data.columns.group, got both');
  }
  const { classes, place, reading } = table;
  const ending = missingEnding(table, root);
  const inspected = await inspectImages(listedImages(table, root, ending), options);
  const { corrupt, warnings } = inspected;
  const { images, repeated } = eachOnce(inspected.images, table);
  checkMissing(corrupt, table, root);
  const unreadable = corrupt.map((image): SkippedFile => ({ file: nameOfImage(image), reason: image.reason }));
  checkCorrupt(unreadable, images.length, data.maxCorruptShare ?? DEFAULT_MAX_CORRUPT_SHARE);
  const grouped = pattern === undefined ? { images, unmatched: 0 } : withGroups(images, pattern);
  const given = splitRows(grouped.images, table, data, options);
  const split = { ...given, splits: pooled(given.splits, options.folds) };
  checkGroupsApart(
    split.splits,
    'change the column of splits, or set data.columns.split to null, so that groups are split by seed',
  );
  const { group } = table.columns;
  const by = pattern === undefined ? (group === undefined ? undefined : `column '${group}'`) : 'data.groupBy';
  for (const name of ['train', 'validation', 'test'] as const) {
    const isEmpty = split.splits[name].length === 0 && (name === 'test' || options.folds !== undefined);
    const rows = `the ${name} rows of ${place.name}`;
    if (isEmpty) continue;
    if (reading.kind === 'one') checkNoEmptyClass(classes, split.splits[name], rows, unreadable);
    else checkNoEmptyLabel(classes, split.splits[name], rows);
  }
  const sorted = {
    ...{ classes, ...(reading.kind === 'one' ? {} : { task: 'multilabel' as const }) },
    images: split.splits,
    roots: { train: root, validation: root, test: split.splits.test.length > 0 ? root : '' },
    skipped: unreadable,
    warnings: [...table.warnings, ...repeated, ...warnings, ...split.warnings],
    facts: [
      ...tableFacts(table, root, ending),
      ...(reading.kind === 'one' ? [] : labelFacts(split.splits)),
      ...(by === undefined ? [] : groupFacts(split.splits, by, grouped.unmatched)),
    ],
  };
  return finishIndex(sorted, options);
}

/** What a person should know of how the table was read. */
export function tableFacts({ place, columns, images, reading }: LabelTable, root: string, ending = ''): string[] {
  return [
    `${place.name}: ${counted(images.length, 'image')}; columns: ${columnsLine(columns)}`,
    ...(reading.kind === 'list' ? [listFact(reading)] : []),
    `paths begin at ${shortPath(root)}${ending === '' ? '' : `, and end with ${ending}, which the table leaves out`}`,
  ];
}

function listFact({ form, isGuessed, none }: Extract<LabelTable['reading'], { kind: 'list' }>): string {
  const absent = none === undefined ? '' : `; '${none}' stands for none`;
  return `several labels an image, ${describeForm(form)}${isGuessed ? ' (guessed)' : ''}${absent}`;
}

/** 'labels an image: 1.7 on average; 12 of 300 have none' */
function labelFacts(splits: SplitImages['splits']): string[] {
  let [images, labels, without] = [0, 0, 0];
  for (const split of SPLITS) {
    for (const image of splits[split]) {
      const { length } = labelNamesOf(image);
      images++;
      labels += length;
      if (length === 0) without++;
    }
  }
  return [`labels an image: ${formatDigits(labels / images, 2)} on average; ${without} of ${images} have none`];
}

function listedImages({ images, classes, place }: LabelTable, root: string, ending: string): ListedImage[] {
  const nameOf = (label: number): string => must(classes[label], 'a class');
  return images.map(({ file, label, line, group, weight }) => {
    const others = otherNames(file, ending);
    const labels = typeof label === 'number' ? undefined : label.map(nameOf);
    const className = typeof label === 'number' ? nameOf(label) : label.map(nameOf).join(', ');
    return {
      ...{ root, file, className, row: { place, line } },
      ...(labels === undefined ? {} : { labels }),
      ...(group === undefined ? {} : { group }),
      ...(weight === undefined ? {} : { weight }),
      ...(others.length === 0 ? {} : { others }),
    };
  });
}

/** The same name in Unicode's other form, since file systems differ in it, and with the ending that the table leaves out. */
function otherNames(file: string, ending: string): string[] {
  const forms = new Set([file.normalize('NFC'), file.normalize('NFD')]);
  forms.delete(file);
  const ended = ending === '' || isImageName(file) ? [] : [`${file}${ending}`];
  return [...forms, ...ended];
}

/** Tables may name images without the ending of their files. The first such row with a file decides; '' where there is none. */
export function missingEnding({ images }: LabelTable, root: string): string {
  const endings = ['', ...[...READABLE].flatMap((ending) => [ending, ending.toUpperCase()])];
  let tried = 0;
  for (const { file } of images) {
    if (isImageName(file)) continue;
    const ending = endings.find((one) => existsSync(resolve(root, `${file}${one}`)));
    if (ending !== undefined) return ending;
    if (++tried === TRIED) return '';
  }
  return '';
}

function isImageName(file: string): boolean {
  return READABLE.has(extname(file).toLowerCase());
}

/**
 * Rows may name one file in two ways: with its ending and without, or in both forms of Unicode.
 * @throws HpoError ERR_DATA where they contradict each other.
 */
function eachOnce(
  images: readonly FoundImage[],
  { place, columns, images: rows }: LabelTable,
): { readonly images: readonly FoundImage[]; readonly repeated: readonly string[] } {
  const firsts = new Map<string, FoundImage>();
  const repeated: [FoundImage, FoundImage][] = [];
  for (const image of images) {
    const first = firsts.get(image.file);
    if (first === undefined) firsts.set(image.file, image);
    else repeated.push([first, image]);
  }
  if (repeated.length === 0) return { images, repeated: [] };
  const splits = new Map(rows.map(({ line, split }) => [line, split]));
  const lineOf = ({ row }: FoundImage): number => must(row, 'a row').line;
  for (const [first, again] of repeated) {
    const said = ({ className, group, weight, row }: FoundImage): string =>
      JSON.stringify([className, splits.get(must(row, 'a row').line), group, weight]);
    if (said(first) === said(again)) continue;
    const where = `${place.line(lineOf(first))}, whose file is '${first.file}' as well`;
    throw place.error(`expected the same as in ${where}, got something else`, lineOf(again), columns.file);
  }
  const named = repeated.slice(0, NAMED).map(([first, again]) => {
    return `${first.file} (${place.line(lineOf(first))} and ${lineOf(again)})`;
  });
  const more = repeated.length > NAMED ? ` and ${repeated.length - NAMED} more` : '';
  const warning = `${place.name}: ${counted(repeated.length, 'row')} left out, since earlier ones name the same files in another way: ${named.join(', ')}${more}`;
  return { images: [...firsts.values()], repeated: [warning] };
}

/** Where most files are not there, it is the folder that is wrong. */
function checkMissing(corrupt: InspectedImages['corrupt'], { images, place }: LabelTable, root: string): void {
  const missing = corrupt.filter(({ reason }) => reason === NO_SUCH_FILE);
  if (2 * missing.length <= images.length) return;
  const named = missing.slice(0, NAMED).map(({ file, row }) => `  ${row?.place.line(row.line) ?? ''}: ${file}`);
  if (missing.length > NAMED) named.push(`  and ${missing.length - NAMED} more`);
  throw new HpoError(
    'ERR_DATA',
    `expected the files of ${place.name} in ${root}, got none for ${missing.length} of ${counted(images.length, 'row')}; data.images is the folder where their paths begin:\n${named.join('\n')}`,
  );
}

/** The table's own splits; what they leave out is held out of the training rows by seed. */
function splitRows(
  images: readonly FoundImage[],
  table: LabelTable,
  data: TableData,
  options: IndexOptions,
): SplitImages {
  const { place, columns } = table;
  const testSplit = data.testSplit ?? 0;
  if (columns.split === undefined) {
    return splitImages(images, { validation: data.validationSplit, test: testSplit }, options);
  }
  const lines = new Map(table.images.map(({ line, split }) => [line, split ?? 'train']));
  const given = groupBy(images, ({ row }) => must(lines.get(must(row, 'a row').line), 'a split'));
  const of = (split: Split): FoundImage[] => given.get(split) ?? [];
  if (of('train').length === 0) {
    throw place.error('expected rows for training, got none', undefined, columns.split);
  }
  const [isValidated, isTested] = [of('validation').length > 0, of('test').length > 0];
  if (isValidated) {
    const validation = of('validation');
    if (isTested || testSplit === 0)
      return { splits: { train: of('train'), validation, test: of('test') }, warnings: [] };
    const { splits, warnings } = splitImages(of('train'), { validation: testSplit, test: 0 }, options);
    return {
      splits: { train: splits.train, validation, test: splits.validation },
      warnings: warnings.map((warning) => warning.replace(/^validation /, 'test ')),
    };
  }
  const shares = { validation: data.validationSplit, test: isTested ? 0 : testSplit };
  const { splits, warnings } = splitImages(of('train'), shares, options);
  return { splits: { ...splits, test: isTested ? of('test') : splits.test }, warnings };
}
