// Chunk files that stay open, since opening one takes longer than reading an image's features from it. The least recently used are closed.
import { type ChunkLayout, ChunkReader } from './chunk-file.js';

/** Files open at once. Every worker has so many, and systems allow a process a thousand or more. */
const CAPACITY = 128;

interface OpenChunk {
  readonly opening: Promise<ChunkReader | undefined>;
  /** Settles once nobody reads it. */
  used: Promise<unknown>;
}

export class OpenChunks {
  /** By the key of the chunk, the least recently used first. */
  private readonly chunks = new Map<string, OpenChunk>();

  constructor(private readonly capacity = CAPACITY) {}

  /**
   * What `read` makes of a chunk; undefined where there is none, or where the file is incomplete or of another chunk. The chunk stays open until
   * so many others were asked for, and is not closed while it is read. A file that is deleted meanwhile can still be read.
   */
  async use<T>(file: string, layout: ChunkLayout, read: (chunk: ChunkReader) => Promise<T>): Promise<T | undefined> {
    const { key } = layout;
    const chunk: OpenChunk = this.chunks.get(key) ?? {
      opening: ChunkReader.open(file, layout),
      used: Promise.resolve(),
    };
    this.chunks.delete(key);
    this.chunks.set(key, chunk);
    const result = chunk.opening.then((reader) => (reader === undefined ? undefined : read(reader)));
    chunk.used = Promise.allSettled([chunk.used, result]);
    void this.shrinkTo(this.capacity);
    const isMissing = (await chunk.opening) === undefined;
    if (isMissing && this.chunks.get(key) === chunk) this.chunks.delete(key);
    return result;
  }

  /** Closes a chunk, so that it is opened anew: its file is damaged, or was written again. */
  async forget(key: string): Promise<void> {
    const chunk = this.chunks.get(key);
    this.chunks.delete(key);
    await chunk?.used;
    await (await chunk?.opening)?.close();
  }

  close(): Promise<void> {
    return this.shrinkTo(0);
  }

  private async shrinkTo(count: number): Promise<void> {
    const keys = [...this.chunks.keys()];
    await Promise.allSettled(keys.slice(0, Math.max(0, keys.length - count)).map((key) => this.forget(key)));
  }
}
