// Features in this thread's memory, chunk by chunk, the least recently used given up first.
import type { KeptNumbers } from './precision.js';

export class ChunkCache {
  /** In order of use, oldest first. */
  private readonly chunks = new Map<string, KeptNumbers>();
  private bytes = 0;

  /** @param budget in bytes. */
  constructor(private readonly budget: number) {}

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
