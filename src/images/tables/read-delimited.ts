// Tables of delimited text: CSV and TSV.
import { CsvError, type Options, parse } from 'csv-parse';
import { parse as parseAll } from 'csv-parse/sync';
import { finished } from 'node:stream/promises';
import { must } from '../../system/must.js';
import { MAX_LINE, type TablePlace, type TableReader, type TableRow } from './table-reader.js';
import { count, textBlocks } from './text-blocks.js';

/** What separates columns in files that are called CSV; the semicolon is Excel's where the comma is the decimal mark. */
/** Characters of the header in which delimiters are counted. */
const COUNTED = 100_000;
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** All three in one file, since tables are made of parts; the longer one is tried first. */
const LINE_ENDS = ['\r\n', '\n', '\r'];

/**
 * @param delimiter undefined: the one that the header has most of.
 * @throws HpoError ERR_DATA with line and column: of another encoding, quotes that do not match, rows of another length.
 */
export async function openDelimited(place: TablePlace, delimiter?: string): Promise<TableReader> {
  const header = await firstLine(place);
  const chosen = delimiter ?? guessedDelimiter(header);
  const options: Options = {
    ...{ delimiter: chosen, record_delimiter: LINE_ENDS },
    ...{ skip_empty_lines: true, max_record_size: MAX_LINE },
  };
  const columns = headerOf(place, header, options);
  return { place, columns, rows: (wanted) => rowsOf(place, columns, wanted, options) };
}

async function firstLine(place: TablePlace): Promise<string> {
  for await (const { text } of textBlocks(place)) {
    const line = text.split(/\r\n|\r|\n/).find((one) => one.trim() !== '');
    if (line !== undefined) return line;
  }
  throw place.error('expected a header line with the names of the columns, got an empty file', 1);
}

function guessedDelimiter(header: string): string {
  const bare = header.slice(0, COUNTED).replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((one) => count(bare, one));
  return must(DELIMITERS[counts.indexOf(Math.max(...counts))], 'a delimiter');
}

function headerOf(place: TablePlace, header: string, options: Options): string[] {
  try {
    const [names = []] = parseAll(header, options);
    return names.map((name) => name.trim());
  } catch (error) {
    throw explained(place, error, 1, 0);
  }
}

async function* rowsOf(
  place: TablePlace,
  columns: readonly string[],
  wanted: readonly string[],
  options: Options,
): AsyncGenerator<readonly TableRow[]> {
  const positions = wanted.map((name) => columns.indexOf(name));
  let batch: TableRow[] = [];
  /** Lines of rows without any value that have no other row after them so far. */
  const blank: number[] = [];
  let isHeader = true;
  let read = 0;
  const parser = parse({
    ...options,
    // Called as soon as a record is complete, so that an error knows where the one before it ended.
    on_record(record: string[], { lines }) {
      read = lines;
      if (isHeader) {
        isHeader = false;
        return null;
      }
      const line = lines - breaksIn(record);
      // Spreadsheets write rows of delimiters alone below a table. Between other rows they are rows without values.
      if (record.every((value) => value === '')) blank.push(line);
      else {
        for (const one of blank.splice(0)) batch.push({ line: one, values: positions.map(() => '') });
        batch.push({ line, values: positions.map((position) => record[position]) });
      }
      return null;
    },
  });
  parser.resume();
  parser.on('error', () => {}); // each write's callback has it
  try {
    for await (const { text } of textBlocks(place)) {
      await new Promise<void>((resolve, reject) => {
        parser.write(text, (error) => (error ? reject(error) : resolve()));
      });
      yield batch;
      batch = [];
    }
    parser.end();
    await finished(parser);
  } catch (error) {
    throw explained(place, error, read + 1, columns.length);
  } finally {
    parser.destroy();
  }
  if (batch.length > 0) yield batch;
}

function breaksIn(record: readonly string[]): number {
  return record.reduce((sum, value) => sum + count(value, '\n'), 0);
}

/** @param begin the line after the last complete record. @param width columns of the header. */
function explained(place: TablePlace, error: unknown, begin: number, width: number): unknown {
  if (!(error instanceof CsvError)) return error;
  const [line = begin, column = width] = [numberIn(error['lines']), numberIn(error['column'])];
  const field = column < width ? column + 1 : undefined;
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_MAX_RECORD_SIZE':
      return place.error(
        'expected a closing quotation mark (") before the end, got none: a quotation mark within a value is written twice',
        begin,
        field,
        error,
      );
    case 'CSV_INVALID_CLOSING_QUOTE':
      return place.error(
        'expected the end of the value after a closing quotation mark ("), got more text: a quotation mark within a value is written twice',
        line,
        field,
        error,
      );
    case 'INVALID_OPENING_QUOTE':
      return place.error(
        'expected quotation marks (") around the whole value, got one within it: put the value in quotation marks and write those within it twice',
        line,
        field,
        error,
      );
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return place.error(`expected ${width} values, as the header has, got ${column}`, line, undefined, error);
    default:
      return place.error(error.message, line, field, error);
  }
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
