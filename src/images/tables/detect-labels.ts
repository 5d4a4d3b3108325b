// Whether a table that nobody described gives several labels of an image, for a first study.
import { type LabelList, SEPARATORS, type SeveralLabels, hasLabel } from './label-cells.js';
import { USUAL_LISTS, chooseColumns, guessOf } from './table-columns.js';
import type { TableReader } from './table-reader.js';
import { isUnfit } from './table-values.js';

/** Separators within cells of a column that does not say that it holds several labels. */
const CLEAR = SEPARATORS.filter((separator) => separator !== ' ');
/** Different cells that are compared. */
const MOST_CELLS = 100_000;

/**
 * A column of lists, or columns of 0 and 1 where there is no column of labels. Undefined where each image has one label, and where
 * neither is found.
 * @throws HpoError ERR_DATA where the table cannot be read.
 */
export async function detectLabels(reader: TableReader): Promise<SeveralLabels | undefined> {
  const column = guessOf(USUAL_LISTS, reader.columns, []);
  return column === undefined ? columnsOfLabels(reader) : listOfLabels(reader, column);
}

async function listOfLabels(reader: TableReader, column: string): Promise<LabelList | undefined> {
  const cells = new Set<string>();
  for await (const rows of reader.rows([column])) {
    for (const { values } of rows) {
      const [value] = values;
      if (Array.isArray(value)) return { column };
      if (typeof value !== 'string') continue;
      const text = value.trim();
      if (/^\[.*\]$/.test(text)) return { column };
      if (text !== '' && cells.size < MOST_CELLS) cells.add(text);
    }
  }
  // Words with spaces between them may as well be one name.
  const isNamed = /^(labels|tags|attributes|findings|findinglabels)$/i.test(column.replace(/[-_ .]/g, ''));
  const separator = (isNamed ? SEPARATORS : CLEAR).find((one) => areLists(cells, one));
  return separator === undefined ? undefined : { column, separator };
}

/** Labels come again in other cells, and parts of a name do not: then the parts are fewer than the cells. */
function areLists(cells: ReadonlySet<string>, separator: string): boolean {
  const parts = new Set<string>();
  let hasSeveral = false;
  for (const cell of cells) {
    const items = cell.split(separator).map((item) => item.trim());
    if (items.length > 1) hasSeveral = true;
    for (const item of items) if (item !== '') parts.add(item);
  }
  return hasSeveral && parts.size < cells.size;
}

/** Every column that holds nothing but yes and no, and both. */
async function columnsOfLabels(reader: TableReader): Promise<readonly string[] | undefined> {
  const { columns } = reader;
  if (new Set(columns).size < columns.length) return undefined;
  const seen = columns.map(() => ({ isFit: true, yes: false, no: false }));
  for await (const rows of reader.rows(columns)) {
    for (const { values } of rows) {
      for (const [i, one] of seen.entries()) {
        const has = hasLabel(values[i]);
        if (isUnfit(has)) one.isFit = false;
        else if (has) one.yes = true;
        else one.no = true;
      }
    }
  }
  const found = columns.filter((_, i) => seen[i]?.isFit === true && seen[i].yes && seen[i].no);
  if (found.length < 2) return undefined;
  // Columns with another role by their names, such as group, may hold 0 and 1 as well.
  const { file, split, group, weight } = chooseColumns(reader, {}, []);
  const labels = found.filter((name) => ![file, split, group, weight].includes(name));
  return labels.length < 2 ? undefined : labels;
}
