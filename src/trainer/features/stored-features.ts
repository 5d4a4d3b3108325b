// Features kept on disk, computed once per machine: workers, processes and studies share them chunk by chunk.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../study/errors.js';
import { sizeOf } from '../graph/host-tensor.js';
import { ChunkCache } from './chunk-cache.js';
import { ChunkClaim } from './chunk-claim.js';
import { ChunkReader, writeChunk } from './chunk-file.js';
import type { FeatureBlock, FeatureSource, Guise, GuisedImages } from './feature-block.js';
import type { FeatureFolder } from './feature-folder.js';
import type { FreshFeatures, WorkCounter } from './fresh-features.js';
import type { Cut, Prefix } from './prefix.js';

/** Images of one file: small enough that two workers who need the same features share the work. */
const CHUNK = 16;

/** Milliseconds between two looks at what others are computing. */
const LOOK_AGAIN = 10;

export interface StoredFeaturesOptions {
  readonly prefix: Prefix;
  readonly images: GuisedImages;
  readonly folder: FeatureFolder;
  /** Bytes of features to keep in memory. */
  readonly memory: number;
  /** Where features come from that cannot be kept. */
  readonly fresh: FreshFeatures;
  readonly counter: WorkCounter;
  /** What identifies the frozen network and its input: equal texts mean equal features of equal pixels. */
  readonly network: string;
  /** In [0, 1): where among the chunks this worker begins, so that workers meet late. */
  readonly start: number;
  readonly warn: (message: string) => void;
}

/** A chunk of one block: some images in one guise at one cut. */
interface Chunk {
  readonly cut: Cut;
  readonly guise: Guise;
  readonly first: number;
  readonly count: number;
  readonly size: number;
  readonly digest: string;
}

interface Block {
  readonly chunks: readonly Chunk[];
  /** Whether all of it has room in memory; else single images are read as they are needed. */
  readonly fitsMemory: boolean;
}

export class StoredFeatures implements FeatureSource {
  private readonly cache: ChunkCache;
  private readonly digests = new Map<string, string>();
  /** Whether writing failed, as it does on a full disk; it is not tried again. */
  private cannotWrite = false;

  constructor(private readonly options: StoredFeaturesOptions) {
    this.cache = new ChunkCache(options.memory);
  }

  async open(cut: Cut, guise: Guise): Promise<FeatureBlock> {
    const { prefix, images, fresh, folder } = this.options;
    const shape = prefix.shape(cut);
    const size = sizeOf(shape);
    const count = images.count(guise.split);
    if (cut === 0) return fresh.open(cut, guise);
    if (this.cannotWrite || count * size * 4 > folder.budget) {
      this.warnOnce(
        `features at cut ${cut} are computed as needed: ${count} images of ${size * 4} bytes exceed the budget`,
      );
      return fresh.open(cut, guise);
    }
    const block: Block = {
      chunks: this.chunksOf(cut, guise, count, size),
      fitsMemory: count * size * 4 <= this.options.memory,
    };
    await this.ensure(block);
    return { shape, images: count, gather: (positions, into) => this.gather(block, positions, into) };
  }

  private chunksOf(cut: Cut, guise: Guise, count: number, size: number): Chunk[] {
    const chunks: Chunk[] = [];
    for (let first = 0; first < count; first += CHUNK) {
      const length = Math.min(CHUNK, count - first);
      chunks.push({ cut, guise, first, count: length, size, digest: this.digestOf(cut, guise, first, length) });
    }
    return chunks;
  }

  /** Of the network, the cut and what identifies each image's pixels. */
  private digestOf(cut: Cut, guise: Guise, first: number, count: number): string {
    const key = JSON.stringify([cut, guise, first]);
    const known = this.digests.get(key);
    if (known !== undefined) return known;
    const hash = createHash('sha256').update(JSON.stringify([this.options.network, this.options.prefix.base, cut]));
    for (let i = first; i < first + count; i++) hash.update(`\n${this.options.images.identity(guise, i)}`);
    const digest = hash.digest('hex').slice(0, 40);
    this.digests.set(key, digest);
    return digest;
  }

  /** Returns when every chunk is there; computes those that nobody else is computing. */
  private async ensure({ chunks, fitsMemory }: Block): Promise<void> {
    const start = Math.floor(this.options.start * chunks.length);
    let missing = [...chunks.slice(start), ...chunks.slice(0, start)].filter((chunk) => !this.cache.get(chunk.digest));
    while (missing.length > 0) {
      const left: Chunk[] = [];
      for (const chunk of missing) if (!(await this.obtain(chunk, fitsMemory))) left.push(chunk);
      missing = left;
      if (missing.length > 0) await delay(LOOK_AGAIN);
    }
  }

  /** Sees to it that the chunk is there; false while another is computing it. */
  private async obtain(chunk: Chunk, intoMemory: boolean): Promise<boolean> {
    if (intoMemory ? (await this.load(chunk)) !== undefined : await this.isKept(chunk)) return true;
    const path = await this.options.folder.prepare(chunk.digest);
    const claim = await ChunkClaim.of(path);
    if (claim === undefined) return false;
    try {
      // It may have been finished between the look and the claim.
      if ((await this.load(chunk)) === undefined) await this.compute(chunk, claim);
    } finally {
      await claim.release();
    }
    return true;
  }

  /** A chunk that was there when its block was opened, and may have been evicted since. */
  private async obtainAgain(chunk: Chunk): Promise<Float32Array> {
    for (;;) {
      const found = await this.load(chunk);
      if (found !== undefined) return found;
      const claim = await ChunkClaim.of(await this.options.folder.prepare(chunk.digest));
      if (claim !== undefined) return this.compute(chunk, claim).finally(() => claim.release());
      await delay(LOOK_AGAIN);
    }
  }

  private async isKept({ digest, size, count }: Chunk): Promise<boolean> {
    const reader = await ChunkReader.open(this.options.folder.path(digest), digest, size, count);
    await reader?.close();
    return reader !== undefined;
  }

  /** The chunk's records, one after the other; undefined where it is not there whole. */
  private async load(chunk: Chunk): Promise<Float32Array | undefined> {
    const known = this.cache.get(chunk.digest);
    if (known !== undefined) return known;
    const path = this.options.folder.path(chunk.digest);
    const reader = await ChunkReader.open(path, chunk.digest, chunk.size, chunk.count);
    if (reader === undefined) return undefined;
    try {
      const records = new Float32Array(chunk.count * chunk.size);
      for (let i = 0; i < chunk.count; i++) {
        if (!(await reader.read(i, records.subarray(i * chunk.size, (i + 1) * chunk.size)))) {
          this.warnOnce(`a file of kept features was damaged and is computed again: ${path}`);
          return undefined;
        }
      }
      this.cache.set(chunk.digest, records);
      await this.options.folder.touch(path);
      return records;
    } finally {
      await reader.close();
    }
  }

  /** By way of the base cut, whose features are kept too: every other cut of these images is cheap from there. */
  private async compute(chunk: Chunk, claim: ChunkClaim): Promise<Float32Array> {
    const { prefix, images, counter } = this.options;
    const base = prefix.base;
    const below = chunk.cut === base || base === 0 ? undefined : await this.baseOf(chunk, claim);
    const records = new Float32Array(chunk.count * chunk.size);
    for (let i = 0; i < chunk.count; i++) {
      if (below === undefined) {
        const pixels = await images.pixels(chunk.guise, chunk.first + i);
        records.set(await prefix.fromPixels(pixels, chunk.cut), i * chunk.size);
        counter.computed++;
      } else {
        const length = below.length / chunk.count;
        records.set(await prefix.fromBase(below.slice(i * length, (i + 1) * length), chunk.cut), i * chunk.size);
      }
      await claim.renew();
    }
    await this.keep(chunk, records);
    return records;
  }

  private async baseOf(chunk: Chunk, claim: ChunkClaim): Promise<Float32Array> {
    const { prefix } = this.options;
    const size = sizeOf(prefix.shape(prefix.base));
    const digest = this.digestOf(prefix.base, chunk.guise, chunk.first, chunk.count);
    const base: Chunk = { ...chunk, cut: prefix.base, size, digest };
    return (await this.load(base)) ?? this.compute(base, claim);
  }

  private async keep(chunk: Chunk, records: Float32Array): Promise<void> {
    this.cache.set(chunk.digest, records);
    if (this.cannotWrite) return;
    const { folder } = this.options;
    const rows = Array.from({ length: chunk.count }, (_, i) => records.subarray(i * chunk.size, (i + 1) * chunk.size));
    try {
      await writeChunk(await folder.prepare(chunk.digest), chunk.digest, rows);
      await folder.wrote(records.byteLength);
    } catch (error) {
      this.cannotWrite = true;
      this.warnOnce(`features cannot be kept and are computed as needed: ${messageOf(error)}`);
    }
  }

  private async gather(block: Block, positions: ArrayLike<number>, into: Float32Array): Promise<void> {
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i] as number;
      const chunk = block.chunks[Math.floor(position / CHUNK)] as Chunk;
      const target = into.subarray(i * chunk.size, (i + 1) * chunk.size);
      const known = this.cache.get(chunk.digest);
      if (known === undefined && !block.fitsMemory && (await this.readRecord(chunk, position, target))) continue;
      const records = known ?? (await this.obtainAgain(chunk));
      const offset = (position - chunk.first) * chunk.size;
      target.set(records.subarray(offset, offset + chunk.size));
    }
    this.options.counter.needed += positions.length;
  }

  /** Reads one image's features from disk; false where they are not there, or not whole. */
  private async readRecord(chunk: Chunk, position: number, target: Float32Array): Promise<boolean> {
    const path = this.options.folder.path(chunk.digest);
    const reader = await ChunkReader.open(path, chunk.digest, chunk.size, chunk.count);
    if (reader === undefined) return false;
    return reader.read(position - chunk.first, target).finally(() => reader.close());
  }

  private readonly warned = new Set<string>();

  private warnOnce(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.options.warn(message);
  }
}
