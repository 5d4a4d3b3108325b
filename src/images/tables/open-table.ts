// Opens a table by the ending of its name.
import { extname } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { openDelimited } from './read-delimited.js';
import { openJsonLines } from './read-json-lines.js';
import { openParquet } from './read-parquet.js';
import { TablePlace, type TableReader } from './table-reader.js';

const OPENERS: Readonly<Record<string, (file: string) => Promise<TableReader>>> = {
  '.csv': (file) => openDelimited(new TablePlace(file)),
  '.tsv': (file) => openDelimited(new TablePlace(file), '\t'),
  '.jsonl': (file) => openJsonLines(new TablePlace(file)),
  '.ndjson': (file) => openJsonLines(new TablePlace(file)),
  '.parquet': (file) => openParquet(new TablePlace(file, 'row')),
};

/** Whether a file of this name is taken for a table. */
export function isTableName(file: string): boolean {
  return OPENERS[extname(file).toLowerCase()] !== undefined;
}

/** @throws HpoError ERR_DATA where the format is not known, or the file cannot be read as it. */
export async function openTable(file: string): Promise<TableReader> {
  const open = OPENERS[extname(file).toLowerCase()];
  if (open !== undefined) return open(file);
  throw new HpoError(
    'ERR_DATA',
    `expected a table whose name ends with ${Object.keys(OPENERS).join(', ')} at data.table, got ${file}`,
  );
}
