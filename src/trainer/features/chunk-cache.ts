// Features in this thread's memory, chunk by chunk, the least recently used given up first.
import type { FeaturePrecision } from '../../study/schema/training-schema.js';
import { type KeptNumbers, bytesOf, emptyNumbers } from './precision.js';

export class ChunkCache {
  /** In order of use, oldest first. */
  private readonly chunks = new Map<string, KeptNumbers>();
  private bytes = 0;
  /** Bytes that were ever given out as shared memory. */
  private shared = 0;

  /** @param budget in bytes. */
  constructor(private readonly budget: number) {}

  /**
   * So many numbers for a chunk that is to be kept. V8 collects garbage whenever a few dozen megabytes more are in ArrayBuffers, though
   * nothing of these is; shared memory it does not count. That is bounded, since what is evicted of it would not be collected soon.
   */
  readonly room = (precision: FeaturePrecision, length: number): KeptNumbers => {
    const bytes = length * bytesOf(precision);
    if (this.shared + bytes > this.budget) return emptyNumbers(precision, length);
    this.shared += bytes;
    return emptyNumbers(precision, length, SharedArrayBuffer);
  };

  get(key: string): KeptNumbers | undefined {
    const chunk = this.chunks.get(key);
    if (chunk === undefined) return undefined;
    this.chunks.delete(key);
    this.chunks.set(key, chunk);
    return chunk;
  }

  set(key: string, chunk: KeptNumbers): void {
    if (chunk.byteLength > this.budget) return;
    this.bytes += chunk.byteLength - (this.chunks.get(key)?.byteLength ?? 0);
    this.chunks.delete(key);
    this.chunks.set(key, chunk);
    for (const [oldest, { byteLength }] of this.chunks) {
      if (this.bytes <= this.budget) break;
      this.chunks.delete(oldest);
      this.bytes -= byteLength;
    }
  }
}
