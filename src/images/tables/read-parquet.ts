// Tables in Parquet files. Only the wanted columns are read, one group of rows at a time.
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { messageOf } from '../../study/errors.js';
import { openRegularFile, readRange } from '../../system/regular-file.js';
import { type TablePlace, type TableReader, type TableRow, ROWS_AT_ONCE } from './table-reader.js';

/** @throws HpoError ERR_DATA where it is no Parquet file, or is damaged. */
export async function openParquet(place: TablePlace): Promise<TableReader> {
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  return withFile(place, async (file) => {
    const metadata = await parquetMetadataAsync(file);
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
    return { place, columns, rows: (wanted) => rowsOf(place, metadata, wanted) };
  });
}

async function* rowsOf(
  place: TablePlace,
  metadata: FileMetaData,
  wanted: readonly string[],
): AsyncGenerator<readonly TableRow[]> {
  let first = 0;
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows);
    const objects = await readRows(place, metadata, wanted, first, first + count);
    for (let from = 0; from < objects.length; from += ROWS_AT_ONCE) {
      yield objects.slice(from, from + ROWS_AT_ONCE).map((object, i) => ({
        line: first + from + i + 1,
        values: wanted.map((name) => object[name]),
      }));
    }
    first += count;
  }
}

async function readRows(
  place: TablePlace,
  metadata: FileMetaData,
  wanted: readonly string[],
  rowStart: number,
  rowEnd: number,
): Promise<Record<string, unknown>[]> {
  const { parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  return withFile(place, (file) =>
    parquetReadObjects({ file, metadata, columns: [...wanted], rowStart, rowEnd, compressors }),
  );
}

async function withFile<T>(place: TablePlace, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  const { handle, size } = await openRegularFile(place.file, Infinity).catch((error: unknown) => {
    throw place.error(`expected a readable table, got ${messageOf(error)}`, undefined, undefined, error);
  });
  try {
    return await use({
      byteLength: size,
      async slice(start, end = size) {
        const bytes = await readRange(handle, start, end - start);
        return new Uint8Array(bytes).buffer;
      },
    });
  } catch (error) {
    throw place.error(`expected a Parquet file, got ${messageOf(error)}`, undefined, undefined, error);
  } finally {
    await handle.close();
  }
}
