// Chunks in this thread's memory; those that it has room for in shared memory are there for every thread of the process.
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import { ArrayCache } from '../system/array-cache.js';
import type { Chunk } from './chunk.js';
import { type KeptNumbers, bytesOf, emptyNumbers } from './precision.js';

export interface ChunkMemoryOptions {
  /** Bytes of features to keep in memory. */
  readonly memory: number;
  /** What identifies the frozen network and its input: equal texts mean equal features of equal pixels. */
  readonly network: string;
  /** Whether threads of this process share what they keep there of the same network. */
  readonly shared?: boolean;
}

/** So many numbers for a chunk that is to be kept. */
export type ChunkRoom = (precision: FeaturePrecision, length: number) => KeptNumbers;

export class ChunkMemory {
  private readonly arrays: ArrayCache<KeptNumbers>;

  constructor({ memory, network, shared = false }: ChunkMemoryOptions) {
    this.arrays = new ArrayCache(memory, shared ? `features ${network}` : undefined);
  }

  get({ digest }: Chunk): KeptNumbers | undefined {
    return this.arrays.get(digest);
  }

  set({ digest }: Chunk, records: KeptNumbers): void {
    this.arrays.set(digest, records);
  }

  readonly room: ChunkRoom = (precision, length) =>
    emptyNumbers(precision, length, this.arrays.memoryFor(length * bytesOf(precision)));
}
