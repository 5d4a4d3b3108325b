// What a reader of tables gives, whatever the format.
import { basename } from 'node:path';
import { HpoError } from '../../study/errors.js';

export interface TableRow {
  /** The line where the row begins, counted from 1; in a Parquet file the row, counted from 1. */
  readonly line: number;
  /** In the order of the wanted columns. Undefined where a row lacks one. */
  readonly values: readonly unknown[];
}

export interface TableReader {
  /** As messages call it. */
  readonly place: TablePlace;
  readonly columns: readonly string[];
  /**
   * The rows in order, some at a time: a table need not fit into memory.
   * @param wanted names among `columns`.
   * @throws HpoError ERR_DATA that names line and column.
   */
  rows(wanted: readonly string[]): AsyncIterable<readonly TableRow[]>;
}

/** Names places in a table. */
export class TablePlace {
  constructor(
    readonly file: string,
    /** What `TableRow.line` counts. */
    private readonly unit: 'line' | 'row' = 'line',
  ) {}

  /** 'labels.csv' */
  get name(): string {
    return basename(this.file);
  }

  /** 'line 3' */
  line(number: number): string {
    return `${this.unit} ${number}`;
  }

  /** 'labels.csv, line 3, column 2 ('label')'; the parts that are known. @param column a number counted from 1, or a name. */
  at(line?: number, column?: number | string): string {
    const parts = [
      this.name,
      ...(line === undefined ? [] : [this.line(line)]),
      ...(column === undefined ? [] : [typeof column === 'number' ? `column ${column}` : `column '${column}'`]),
    ];
    return parts.join(', ');
  }

  /** An error about the names of columns, which stand in the first line; a Parquet file has none. */
  headerError(message: string): HpoError {
    return this.error(message, this.unit === 'line' ? 1 : undefined);
  }

  /** An error at a place of the table. */
  error(message: string, line?: number, column?: number | string, cause?: unknown): HpoError {
    return new HpoError('ERR_DATA', `${this.at(line, column)}: ${message}`, cause === undefined ? {} : { cause });
  }
}

/** Rows are handed on in lots of about this size. */
export const ROWS_AT_ONCE = 1000;
/** More than any line of a table of labels has. */
export const MAX_LINE = 1_000_000;
