// Tables of JSON lines: an object for each row, its keys the columns.
import { messageOf } from '../../study/errors.js';
import { parseJson } from '../../system/json.js';
import type { TablePlace, TableReader, TableRow } from './table-reader.js';
import { textBlocks } from './text-blocks.js';

/** Columns are the keys of so many first rows. */
const ROWS_FOR_COLUMNS = 1000;

/** @throws HpoError ERR_DATA with the line of what is no JSON object. */
export async function openJsonLines(place: TablePlace): Promise<TableReader> {
  const columns = new Set<string>();
  for await (const rows of objectsOf(place)) {
    for (const { value } of rows.slice(0, ROWS_FOR_COLUMNS)) for (const key of Object.keys(value)) columns.add(key);
    break;
  }
  if (columns.size === 0) throw place.error('expected a JSON object on each line, got none', 1);
  async function* rowsOf(wanted: readonly string[]): AsyncGenerator<readonly TableRow[]> {
    for await (const rows of objectsOf(place)) {
      yield rows.map(({ line, value }) => ({
        line,
        values: wanted.map((name) => (Object.hasOwn(value, name) ? value[name] : undefined)),
      }));
    }
  }
  return { place, columns: [...columns], rows: rowsOf };
}

interface JsonLine {
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>>;
}

async function* objectsOf(place: TablePlace): AsyncGenerator<readonly JsonLine[]> {
  for await (const { text, line: first } of textBlocks(place)) {
    const rows = text.split('\n').flatMap((one, i) => {
      if (one.trim() === '') return [];
      return [{ line: first + i, value: objectOf(one, place, first + i) }];
    });
    if (rows.length > 0) yield rows;
  }
}

function objectOf(text: string, place: TablePlace, line: number): Readonly<Record<string, unknown>> {
  const value = jsonOf(text, place, line);
  if (isObject(value)) return value;
  throw place.error(`expected a JSON object, got ${Array.isArray(value) ? 'a list' : JSON.stringify(value)}`, line, 1);
}

function jsonOf(text: string, place: TablePlace, line: number): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    const [said = ''] = messageOf(error).split('\n');
    const at = / at line \d+, column (\d+)/.exec(said);
    throw place.error(said.replace(at?.[0] ?? '', ''), line, Number(at?.[1] ?? 1), error);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
