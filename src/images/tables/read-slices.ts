// The columns of a table that divide its images into slices, such as hospitals: read apart from labels, since no training needs them.
import { dirname, extname, resolve } from 'node:path';
import { hint } from '../../system/nearest.js';
import { listed } from '../../system/format.js';
import type { TableData } from '../indexing/image-data.js';
import { openTable } from './open-table.js';
import { chooseColumns } from './table-columns.js';
import type { TableReader } from './table-reader.js';
import { groupOf, isUnfit, pathOf } from './table-values.js';

/** The values of images in one column. */
export interface ColumnSlices {
  readonly column: string;
  /** In order of their appearance. */
  readonly values: readonly string[];
  /** Of the file, as an index of `values`; −1 where it has none. @param file as the index of images calls it. */
  readonly memberOf: (file: string) => number;
}

/** More values than these are numbers or names of single images, not slices. */
const MOST_VALUES = 1000;

/** @throws HpoError ERR_DATA where a column is missing, or has too many different values. */
export async function readSlices(
  data: TableData,
  columns: readonly string[],
  directory: string,
): Promise<ColumnSlices[]> {
  const reader = await openTable(resolve(directory, data.table));
  const root = resolve(directory, data.images ?? dirname(data.table));
  for (const column of columns) checkColumn(reader, column);
  const { file } = chooseColumns(reader, data.columns);
  const wanted = [...new Set([file, ...columns])];
  const places = columns.map((column) => wanted.indexOf(column));
  const found = columns.map((column) => ({
    column,
    numbers: new Map<string, number>(),
    members: new Map<string, number>(),
  }));
  for await (const rows of reader.rows(wanted)) {
    for (const { line, values } of rows) {
      const path = pathOf(values[0], root);
      if (isUnfit(path)) continue; // whoever reads the labels tells of it
      for (const [i, { column, numbers, members }] of found.entries()) {
        const value = groupOf(values[places[i] ?? 0]);
        if (isUnfit(value)) continue;
        const number = numbers.get(value) ?? numbers.size;
        if (number === MOST_VALUES) {
          throw reader.place.error(
            `expected at most ${MOST_VALUES} different values in a column of data.slices, got more`,
            line,
            column,
          );
        }
        numbers.set(value, number);
        members.set(path, number);
      }
    }
  }
  return found.map(({ column, numbers, members }) => ({
    column,
    values: [...numbers.keys()],
    memberOf: (path) =>
      namesOf(path)
        .map((name) => members.get(name))
        .find((one) => one !== undefined) ?? -1,
  }));
}

function checkColumn({ columns, place }: TableReader, column: string): void {
  if (columns.includes(column)) return;
  const known = listed(columns.map((one) => `'${one}'`));
  throw place.headerError(`expected a column '${column}' (data.slices), got ${known}${hint(column, columns)}`);
}

/** The table may spell a file in Unicode's other form, or leave its ending out. */
function namesOf(path: string): string[] {
  const bare = path.slice(0, path.length - extname(path).length);
  return [path, bare].flatMap((name) => [name, name.normalize('NFC'), name.normalize('NFD')]);
}
