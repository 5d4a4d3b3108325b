// Chunks in this thread's memory; those that it has room for in shared memory are there for every thread of the process.
import { ArrayCache } from '../array-cache.js';
import type { Chunk } from './chunk.js';
import { type KeptNumbers, bytesOf, emptyNumbers } from './precision.js';

export interface ChunkMemoryOptions {
  /** Bytes of features to keep in memory. */
  readonly memory: number;
  /** Whether threads of this process share what they keep there. */
  readonly shared?: boolean;
}

export class ChunkMemory {
  private readonly arrays: ArrayCache<KeptNumbers>;

  constructor({ memory, shared = false }: ChunkMemoryOptions) {
    this.arrays = new ArrayCache(memory, shared ? 'features' : undefined);
  }

  get({ digest }: Chunk): KeptNumbers | undefined {
    return this.arrays.get(digest);
  }

  set({ digest }: Chunk, records: KeptNumbers): void {
    this.arrays.set(digest, records);
  }

  /** So many numbers for a chunk that is to be kept. */
  readonly room: typeof emptyNumbers = (precision, length) =>
    emptyNumbers(precision, length, this.arrays.memoryFor(length * bytesOf(precision)));
}
