// A file of features: a JSON header, then one record for each image of a chunk. Written beside and renamed, checked when read.
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { writeAtomically } from '../../system/atomic-file.js';

/** Raised whenever an old file could be misread. */
const VERSION = 1;

interface Header {
  readonly version: number;
  /** What the features are of; a file of another key is not the one that was looked for. */
  readonly key: string;
  /** Numbers in a record. */
  readonly size: number;
  /** CRC-32 of each record's bytes. */
  readonly checksums: readonly number[];
}

/** Writes records of float32 numbers, each of the same length. Not durable: a file that a power failure tears is found out when read. */
export async function writeChunk(file: string, key: string, records: readonly Float32Array[]): Promise<void> {
  const bodies = records.map((record) => new Uint8Array(record.buffer, record.byteOffset, record.byteLength));
  const size = records[0]?.length ?? 0;
  const header: Header = { version: VERSION, key, size, checksums: bodies.map((body) => crc32(body)) };
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  start.writeUInt32LE(start.length - 8);
  start.fill(0, 4, 8);
  json.copy(start, 8);
  await writeAtomically(file, [start, ...bodies], { durable: false });
}

/** A chunk that is open for reading. */
export class ChunkReader {
  private constructor(
    private readonly handle: FileHandle,
    private readonly header: Header,
    private readonly start: number,
  ) {}

  /** Opens the chunk of this key; undefined where there is none, or what is there is torn or of another key. */
  static async open(file: string, key: string, size: number, records: number): Promise<ChunkReader | undefined> {
    const handle = await open(file, 'r').catch(() => undefined);
    if (handle === undefined) return undefined;
    const reader = await ChunkReader.of(handle).catch(() => undefined);
    const header = reader?.header;
    if (
      header?.version === VERSION &&
      header.key === key &&
      header.size === size &&
      header.checksums.length === records
    ) {
      return reader;
    }
    await handle.close();
    return undefined;
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

  /** Reads one record into the start of `into`; false where its bytes are not those that were written. */
  async read(record: number, into: Float32Array): Promise<boolean> {
    const bytes = this.header.size * 4;
    const buffer = Buffer.from(into.buffer, into.byteOffset, bytes);
    const { bytesRead } = await this.handle.read(buffer, 0, bytes, this.start + record * bytes);
    return bytesRead === bytes && crc32(buffer) === this.header.checksums[record];
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
