// Chunk files that stay open, since opening one takes longer than reading an image's features from it. The least recently used are closed.
import { type ChunkLayout, ChunkReader } from './chunk-file.js';

/** Files open at once. Every worker has so many, and systems allow a process a thousand or more. */
const CAPACITY = 128;

export class OpenChunks {
  /** By the key of the chunk, the least recently used first. */
  private readonly readers = new Map<string, Promise<ChunkReader | undefined>>();

  constructor(private readonly capacity = CAPACITY) {}

  /**
   * The chunk, open until so many others were asked for; undefined where there is none, or where the file is incomplete or of another
   * chunk. A file that is deleted meanwhile can still be read.
   */
  async open(file: string, layout: ChunkLayout): Promise<ChunkReader | undefined> {
    const { key } = layout;
    const reading = this.readers.get(key) ?? ChunkReader.open(file, layout);
    this.readers.delete(key);
    this.readers.set(key, reading);
    await this.shrinkTo(this.capacity);
    const reader = await reading;
    if (reader === undefined && this.readers.get(key) === reading) this.readers.delete(key);
    return reader;
  }

  /** Closes a chunk, so that it is opened anew: its file is damaged, or was written again. */
  async forget(key: string): Promise<void> {
    const reader = this.readers.get(key);
    this.readers.delete(key);
    await (await reader)?.close();
  }

  close(): Promise<void> {
    return this.shrinkTo(0);
  }

  /** A reader that still reads is closed after that. */
  private async shrinkTo(count: number): Promise<void> {
    for (const key of this.readers.keys()) {
      if (this.readers.size <= count) return;
      await this.forget(key);
    }
  }
}
