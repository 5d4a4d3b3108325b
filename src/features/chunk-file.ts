// A file of features: a JSON header, then one record for each image of a chunk. Written under another name and renamed; checked when read.
import type { FileHandle } from 'node:fs/promises';
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import { writeAtomically } from '../system/atomic-file.js';
import { crc32 } from '../system/crc32.js';
import { openRegularFile } from '../system/regular-file.js';
import { type NewNumbers, type StoredNumbers, bytesOf, emptyNumbers, unpack } from './precision.js';

/** Increased whenever an old file could be misread. */
const VERSION = 2;

/** What a chunk is of, for people. Nothing depends on it. */
export interface ChunkAbout {
  /** The study that first needed it. */
  readonly study: string;
  /** "squeezenet1.1, 224 px". */
  readonly network: string;
  /** "cut 5" or "pooled". */
  readonly cut: string;
  /** "train, standard, view 2". */
  readonly images: string;
}

interface Header {
  readonly version: number;
  /** Identifies the features. A file with another key is not the one that was looked for. */
  readonly key: string;
  readonly precision: FeaturePrecision;
  /** Numbers in a record. */
  readonly size: number;
  /** CRC-32 of each record's bytes. */
  readonly checksums: readonly number[];
  readonly about: ChunkAbout;
}

/** What a chunk's file should hold. */
export interface ChunkLayout {
  readonly key: string;
  readonly precision: FeaturePrecision;
  /** Numbers in a record. */
  readonly size: number;
  readonly records: number;
}

/** Writes records, one after the other in `numbers`. Not durable: a file that a power failure left incomplete is detected when it is read. */
export async function writeChunk(
  file: string,
  { key, precision, size }: ChunkLayout,
  about: ChunkAbout,
  numbers: StoredNumbers,
): Promise<void> {
  const body = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const sums = checksums(body, size * bytesOf(precision));
  const header: Header = { version: VERSION, key, precision, size, checksums: sums, about };
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  start.writeUInt32LE(start.length - 8);
  start.fill(0, 4, 8);
  json.copy(start, 8);
  await writeAtomically(file, [start, body], { durable: false });
}

/** Undefined where there is none, or something else than a file. */
function openIfThere(file: string): Promise<FileHandle | undefined> {
  return openRegularFile(file, Infinity).then(
    ({ handle }) => handle,
    () => undefined,
  );
}

/** A chunk that is open for reading. */
export class ChunkReader {
  /** Records whose bytes were compared with their checksum since the file was opened. */
  private readonly checked = new Set<number>();

  private constructor(
    private readonly handle: FileHandle,
    private readonly header: Header,
    private readonly start: number,
  ) {}

  /** Opens a chunk; undefined where there is none, or where the file is incomplete or of another chunk. */
  static async open(file: string, wanted: ChunkLayout): Promise<ChunkReader | undefined> {
    const handle = await openIfThere(file);
    if (handle === undefined) return undefined;
    const reader = await ChunkReader.of(handle).catch(() => undefined);
    const header = reader?.header;
    if (
      header?.version === VERSION &&
      header.key === wanted.key &&
      header.precision === wanted.precision &&
      header.size === wanted.size &&
      header.checksums.length === wanted.records
    ) {
      return reader;
    }
    await handle.close();
    return undefined;
  }

  /** What the file is of; undefined where it is no chunk of this version. */
  static async about(file: string): Promise<ChunkAbout | undefined> {
    const handle = await openIfThere(file);
    if (handle === undefined) return undefined;
    try {
      const { header } = await ChunkReader.of(handle);
      return header.version === VERSION ? header.about : undefined;
    } catch {
      return undefined;
    } finally {
      await handle.close();
    }
  }

  private static async of(handle: FileHandle): Promise<ChunkReader> {
    const prefix = Buffer.alloc(8);
    await handle.read(prefix, 0, 8, 0);
    const length = prefix.readUInt32LE(0);
    const { size } = await handle.stat();
    if (length < 2 || length > size) throw new RangeError(`expected a header, got ${length} bytes of one`);
    const json = Buffer.alloc(length);
    await handle.read(json, 0, length, 8);
    return new ChunkReader(handle, JSON.parse(json.toString()) as Header, 8 + length);
  }

  /**
   * All records, one after the other; undefined where their bytes are not those that were written.
   * @param newNumbers makes their array.
   */
  async readAll(newNumbers: NewNumbers = emptyNumbers): Promise<StoredNumbers | undefined> {
    const { precision, size, checksums: expected } = this.header;
    const numbers = newNumbers(precision, size * expected.length);
    const body = new Uint8Array(numbers.buffer);
    const { bytesRead } = await this.handle.read(body, 0, body.length, this.start);
    if (bytesRead !== body.length) return undefined;
    const found = checksums(body, size * bytesOf(precision));
    return found.every((sum, i) => sum === expected[i]) ? numbers : undefined;
  }

  /** Writes one record to `into`, rounded as it was stored; false where its bytes are not those that were written. */
  async readInto(record: number, into: Float32Array): Promise<boolean> {
    const { precision, size } = this.header;
    const numbers = precision === 'float32' ? into : emptyNumbers(precision, size);
    const body = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    const { bytesRead } = await this.handle.read(body, 0, body.length, this.start + record * body.length);
    if (bytesRead !== body.length) return false;
    if (!this.checked.has(record) && crc32(body) !== this.header.checksums[record]) return false;
    this.checked.add(record);
    if (numbers !== into) unpack(numbers, 0, into);
    return true;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** CRC-32 of each record. */
function checksums(body: Uint8Array, recordBytes: number): number[] {
  const sums: number[] = [];
  for (let at = 0; at < body.length; at += recordBytes) sums.push(crc32(body.subarray(at, at + recordBytes)));
  return sums;
}
