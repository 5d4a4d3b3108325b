// Features kept on disk, computed once per machine: workers, processes and studies share them chunk by chunk.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { sizeOf } from '../graph/host-tensor.js';
import { type Chunk, ChunkStore, type ChunkStoreOptions, LOOK_AGAIN } from './chunk-store.js';
import type { FeatureBlock, FeatureSource, Guise } from './feature-block.js';
import type { FreshFeatures } from './fresh-features.js';
import type { Cut } from './prefix.js';

/** Images of one file: small enough that two workers who need the same features share the work. */
const CHUNK = 16;

export interface StoredFeaturesOptions extends Omit<ChunkStoreOptions, 'digestOf'> {
  /** Where features come from that cannot be kept. */
  readonly fresh: FreshFeatures;
  /** What identifies the frozen network and its input: equal texts mean equal features of equal pixels. */
  readonly network: string;
  /** In [0, 1): where among the chunks this worker begins, so that workers meet late. */
  readonly start: number;
}

interface Block {
  readonly chunks: readonly Chunk[];
  /** Whether all of it has room in memory; else single images are read as they are needed. */
  readonly fitsMemory: boolean;
}

export class StoredFeatures implements FeatureSource {
  private readonly store: ChunkStore;
  private readonly digests = new Map<string, string>();
  private readonly tooLarge = new Set<Cut>();

  constructor(private readonly options: StoredFeaturesOptions) {
    this.store = new ChunkStore({ ...options, digestOf: (...chunk) => this.digestOf(...chunk) });
  }

  async open(cut: Cut, guise: Guise): Promise<FeatureBlock> {
    const { prefix, images, fresh, memory } = this.options;
    const shape = prefix.shape(cut);
    const size = sizeOf(shape);
    const count = images.count(guise.split);
    if (cut === 0 || !this.store.writable || !this.fitsBudget(cut, count, size)) return fresh.open(cut, guise);
    const block: Block = { chunks: this.chunksOf(cut, guise, count, size), fitsMemory: count * size * 4 <= memory };
    await this.ensure(block);
    if (!this.store.writable) return fresh.open(cut, guise);
    return { shape, images: count, gather: (positions, into) => this.gather(block, positions, into) };
  }

  private fitsBudget(cut: Cut, count: number, size: number): boolean {
    const bytes = count * size * 4;
    const { budget } = this.options.folder;
    if (bytes <= budget) return true;
    if (!this.tooLarge.has(cut)) {
      this.options.warn(
        `features at cut ${cut} are computed as needed: those of ${count} images take ${bytes} bytes, the budget is ${budget}`,
      );
    }
    this.tooLarge.add(cut);
    return false;
  }

  private chunksOf(cut: Cut, guise: Guise, count: number, size: number): Chunk[] {
    const chunks: Chunk[] = [];
    for (let first = 0; first < count; first += CHUNK) {
      const length = Math.min(CHUNK, count - first);
      chunks.push({ cut, guise, first, count: length, size, digest: this.digestOf(cut, guise, first, length) });
    }
    return chunks;
  }

  /** Of the network, the cut and what identifies each image's pixels; 40 hexadecimal digits. */
  private digestOf(cut: Cut, guise: Guise, first: number, count: number): string {
    const key = JSON.stringify([cut, guise, first]);
    const known = this.digests.get(key);
    if (known !== undefined) return known;
    const { network, prefix, images } = this.options;
    const hash = createHash('sha256').update(JSON.stringify([network, prefix.base, cut]));
    for (let i = first; i < first + count; i++) hash.update(`\n${images.identity(guise, i)}`);
    const digest = hash.digest('hex').slice(0, 40);
    this.digests.set(key, digest);
    return digest;
  }

  /** Returns when every chunk is there, or none can be kept; computes those that nobody else is computing. */
  private async ensure({ chunks, fitsMemory }: Block): Promise<void> {
    const start = Math.floor(this.options.start * chunks.length);
    let missing = [...chunks.slice(start), ...chunks.slice(0, start)].filter((one) => !this.store.cached(one));
    while (missing.length > 0 && this.store.writable) {
      const left: Chunk[] = [];
      for (const chunk of missing) if (!(await this.store.obtain(chunk, fitsMemory))) left.push(chunk);
      missing = left;
      if (missing.length > 0) await delay(LOOK_AGAIN);
    }
  }

  private async gather(block: Block, positions: ArrayLike<number>, into: Float32Array): Promise<void> {
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i] as number;
      const chunk = block.chunks[Math.floor(position / CHUNK)] as Chunk;
      const target = into.subarray(i * chunk.size, (i + 1) * chunk.size);
      const known = this.store.cached(chunk);
      if (known === undefined && !block.fitsMemory && (await this.store.readRecord(chunk, position, target))) continue;
      const records = known ?? (await this.store.records(chunk));
      const offset = (position - chunk.first) * chunk.size;
      target.set(records.subarray(offset, offset + chunk.size));
    }
    this.options.counter.needed += positions.length;
  }
}
