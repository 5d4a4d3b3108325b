// Several labels of an image in a row of a table: a column for each, or one column with a list.
import type { TablePlace, TableReader } from './table-reader.js';
import { type Unfit, isUnfit, nameOf, shown, textOf } from './table-values.js';

/** Of study.json: a column of 0 and 1 for each label, or one column that holds lists. */
export type SeveralLabels = readonly string[] | LabelList;

export interface LabelList {
  /** Default: guessed by its name. */
  readonly column?: string | undefined;
  /** Between the labels of a cell. Default: guessed from the cells. */
  readonly separator?: string | undefined;
  /** What a cell holds in place of labels where there are none. */
  readonly none?: string | undefined;
}

/** How the labels of a list are told apart. `brackets`: cells such as ["boat", "car"], in JSON or Python. */
export type ListForm =
  | { readonly kind: 'separator'; readonly separator: string }
  | { readonly kind: 'brackets' }
  | { readonly kind: 'lists' };

/** Separators in the order in which they are guessed. Spaces are within names too, so they come last. */
export const SEPARATORS = ['|', ';', ',', ' '] as const;

const YES = new Set(['1', '1.0', 'true', 'yes', 'y', 't']);
const NO = new Set(['0', '0.0', 'false', 'no', 'n', 'f']);

/** Whether an image has the label of a column. */
export function hasLabel(value: unknown): boolean | Unfit {
  if (isBlank(value)) return false;
  const word = textOf(value)?.toLowerCase() ?? '';
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  const expected = '1, 0, true, false, yes, no or nothing';
  const isNumber = word !== '' && Number.isFinite(Number(word));
  const hint = isNumber ? ': numbers to predict (regression) and uncertain labels are not supported' : '';
  return { expected, got: `${shown(value)}${hint}` };
}

/** The labels in a cell, each once. */
export function labelsInCell(value: unknown, form: ListForm, none: string | undefined): readonly string[] | Unfit {
  const items = itemsOf(value, form);
  if (isUnfit(items)) return items;
  const labels = new Set<string>();
  for (const item of items) {
    const label = nameOf(item, 'a label');
    if (isUnfit(label)) return { expected: 'a list of labels', got: `${shown(value)}, with ${label.got} in it` };
    if (label !== none) labels.add(label);
  }
  return [...labels];
}

function itemsOf(value: unknown, form: ListForm): readonly unknown[] | Unfit {
  if (isList(value)) return value;
  if (isBlank(value)) return [];
  const text = textOf(value);
  if (text === undefined) return { expected: 'a list of labels', got: shown(value) };
  if (form.kind === 'separator') return text.split(form.separator).filter((item) => item.trim() !== '');
  if (form.kind === 'lists') return [text];
  return inBrackets(text) ?? { expected: 'a list such as ["boat", "car"]', got: shown(value) };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** Characters: of one cell. */
const LONGEST_LIST = 1e6;

/** The items of a list as JSON or Python writes it, of texts and numbers; undefined where it is none. */
function inBrackets(text: string): readonly string[] | undefined {
  if (!text.startsWith('[') || !text.endsWith(']') || text.length > LONGEST_LIST) return undefined;
  const items: string[] = [];
  let rest = text.slice(1, -1).trim();
  while (rest !== '') {
    const item = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s,'"[\]]+))\s*(?:,\s*|$)/.exec(rest);
    if (item === null) return undefined;
    items.push((item[1] ?? item[2] ?? item[3] ?? '').replaceAll(/\\(.)/g, '$1'));
    rest = rest.slice(item[0].length);
  }
  return items;
}

/** How the labels of each row are read. */
export type LabelReading =
  | { readonly kind: 'one' }
  /** `names` in Unicode's composed form, in the order of the columns. */
  | { readonly kind: 'columns'; readonly columns: readonly string[]; readonly names: readonly string[] }
  | {
      readonly kind: 'list';
      readonly form: ListForm;
      readonly isGuessed: boolean;
      readonly none: string | undefined;
    };

/** Either one column, or one for each label. */
export interface LabelColumns {
  readonly label?: string;
  readonly labels?: readonly string[];
}

/** @throws HpoError ERR_DATA where a separator is to be guessed and no cell has more than one label. */
export async function labelReading(
  reader: TableReader,
  { label, labels }: LabelColumns,
  several: SeveralLabels | undefined,
): Promise<LabelReading> {
  if (labels !== undefined) {
    return { kind: 'columns', columns: labels, names: labels.map((name) => name.trim().normalize('NFC')) };
  }
  if (several === undefined || isColumns(several) || label === undefined) return { kind: 'one' };
  const { separator, none } = several;
  const isGuessed = separator === undefined;
  const form = isGuessed ? await guessListForm(reader, label) : { kind: 'separator' as const, separator };
  return { kind: 'list', form, isGuessed, none };
}

export function isColumns(several: SeveralLabels): several is readonly string[] {
  return Array.isArray(several);
}

/** What a pass over the cells of a column found. */
interface CellCounts {
  lists: number;
  brackets: number;
  readonly separators: Map<string, number>;
}

/**
 * How the lists of a column are written: the first usual separator that any cell has.
 * @throws HpoError ERR_DATA where no cell has more than one label.
 */
async function guessListForm(reader: TableReader, column: string): Promise<ListForm> {
  const found = await countCells(reader, column);
  if (found.lists > 0) return { kind: 'lists' };
  if (found.brackets > 0) return { kind: 'brackets' };
  const separator = SEPARATORS.find((one) => (found.separators.get(one) ?? 0) > 0);
  if (separator !== undefined) return { kind: 'separator', separator };
  throw noLists(reader.place, column);
}

async function countCells(reader: TableReader, column: string): Promise<CellCounts> {
  const found: CellCounts = { lists: 0, brackets: 0, separators: new Map() };
  for await (const rows of reader.rows([column])) {
    for (const { values } of rows) countCell(values[0], found);
  }
  return found;
}

function countCell(value: unknown, found: CellCounts): void {
  if (Array.isArray(value)) {
    found.lists++;
    return;
  }
  if (typeof value !== 'string') return;
  const text = value.trim();
  if (text.startsWith('[') && text.endsWith(']')) found.brackets++;
  else {
    for (const separator of SEPARATORS) {
      if (text.includes(separator)) found.separators.set(separator, (found.separators.get(separator) ?? 0) + 1);
    }
  }
}

function noLists(place: TablePlace, column: string): Error {
  const usual = `'${SEPARATORS.slice(0, 3).join("', '")}' or a space`;
  return place.error(
    `expected cells with several labels, separated by ${usual}, got one label in each: data.labels.separator names another separator; images with one label each need data.columns.label in place of data.labels`,
    undefined,
    column,
  );
}

/** 'separated by '|'' */
export function describeForm(form: ListForm): string {
  switch (form.kind) {
    case 'separator':
      return `separated by '${form.separator}'`;
    case 'brackets':
      return 'lists in brackets';
    case 'lists':
      return 'lists';
  }
}
