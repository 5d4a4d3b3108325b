// Chunks of features: found in memory or on disk, or computed, by one worker for all.
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../study/errors.js';
import { sizeOf } from '../graph/host-tensor.js';
import { ChunkCache } from './chunk-cache.js';
import { ChunkClaim } from './chunk-claim.js';
import { ChunkReader, writeChunk } from './chunk-file.js';
import type { Guise, GuisedImages } from './feature-block.js';
import type { FeatureFolder } from './feature-folder.js';
import type { WorkCounter } from './fresh-features.js';
import type { Cut, Prefix } from './prefix.js';

/** Milliseconds between two looks at what others are computing. */
export const LOOK_AGAIN = 10;

/** Some images in one guise at one cut. */
export interface Chunk {
  readonly cut: Cut;
  readonly guise: Guise;
  readonly first: number;
  readonly count: number;
  /** Numbers in one image's features. */
  readonly size: number;
  /** Of all that decides what the numbers are. */
  readonly digest: string;
}

export interface ChunkStoreOptions {
  readonly prefix: Prefix;
  readonly images: GuisedImages;
  readonly folder: FeatureFolder;
  /** Bytes of features to keep in memory. */
  readonly memory: number;
  readonly counter: WorkCounter;
  readonly digestOf: (cut: Cut, guise: Guise, first: number, count: number) => string;
  readonly warn: (message: string) => void;
}

export class ChunkStore {
  /** False once writing failed, as it does on a full disk; it is not tried again. */
  writable = true;
  private readonly cache: ChunkCache;
  private warnedOfDamage = false;

  constructor(private readonly options: ChunkStoreOptions) {
    this.cache = new ChunkCache(options.memory);
  }

  /** The chunk's records, one after the other, if memory holds them. */
  cached(chunk: Chunk): Float32Array | undefined {
    return this.cache.get(chunk.digest);
  }

  /** Sees to it that the chunk is there; false while another is computing it, or where it cannot be kept. */
  async obtain(chunk: Chunk, intoMemory: boolean): Promise<boolean> {
    if (intoMemory ? (await this.load(chunk)) !== undefined : await this.isKept(chunk)) return true;
    const claim = await this.claim(chunk);
    if (claim === undefined) return false;
    try {
      // It may have been finished between the look and the claim.
      if ((await this.load(chunk)) === undefined) await this.compute(chunk, claim);
    } finally {
      await claim.release();
    }
    return true;
  }

  /** The records of a chunk that was there, and may have been evicted since. */
  async records(chunk: Chunk): Promise<Float32Array> {
    for (;;) {
      const found = await this.load(chunk);
      if (found !== undefined) return found;
      const claim = await this.claim(chunk);
      if (claim !== undefined) return this.compute(chunk, claim).finally(() => claim.release());
      if (!this.writable) return this.compute(chunk);
      await delay(LOOK_AGAIN);
    }
  }

  /** Reads one image's features from disk; false where they are not there, or not whole. */
  async readRecord(chunk: Chunk, position: number, target: Float32Array): Promise<boolean> {
    const reader = await this.open(chunk);
    if (reader === undefined) return false;
    return reader.read(position - chunk.first, target).finally(() => reader.close());
  }

  private open({ digest, size, count }: Chunk): Promise<ChunkReader | undefined> {
    return ChunkReader.open(this.options.folder.path(digest), digest, size, count);
  }

  private async isKept(chunk: Chunk): Promise<boolean> {
    const reader = await this.open(chunk);
    await reader?.close();
    return reader !== undefined;
  }

  /** Undefined where the chunk is not there whole. */
  private async load(chunk: Chunk): Promise<Float32Array | undefined> {
    const known = this.cache.get(chunk.digest);
    if (known !== undefined) return known;
    const reader = await this.open(chunk);
    if (reader === undefined) return undefined;
    const path = this.options.folder.path(chunk.digest);
    try {
      const records = new Float32Array(chunk.count * chunk.size);
      for (let i = 0; i < chunk.count; i++) {
        if (await reader.read(i, records.subarray(i * chunk.size, (i + 1) * chunk.size))) continue;
        if (!this.warnedOfDamage) this.options.warn(`a file of kept features is damaged and is made again: ${path}`);
        this.warnedOfDamage = true;
        return undefined;
      }
      this.cache.set(chunk.digest, records);
      await this.options.folder.touch(path);
      return records;
    } finally {
      await reader.close();
    }
  }

  /** By way of the base cut, whose features are kept too: every other cut of these images is cheap from there. */
  private async compute(chunk: Chunk, claim?: ChunkClaim): Promise<Float32Array> {
    const { prefix, images, counter } = this.options;
    const below = prefix.isAboveBase(chunk.cut) ? await this.baseOf(chunk, claim) : undefined;
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
      await claim?.renew();
    }
    await this.keep(chunk, records);
    return records;
  }

  private async baseOf(chunk: Chunk, claim: ChunkClaim | undefined): Promise<Float32Array> {
    const { prefix, digestOf } = this.options;
    const size = sizeOf(prefix.shape(prefix.base));
    const digest = digestOf(prefix.base, chunk.guise, chunk.first, chunk.count);
    const base: Chunk = { ...chunk, cut: prefix.base, size, digest };
    return (await this.load(base)) ?? this.compute(base, claim);
  }

  private async keep(chunk: Chunk, records: Float32Array): Promise<void> {
    this.cache.set(chunk.digest, records);
    if (!this.writable) return;
    const { folder } = this.options;
    const rows = Array.from({ length: chunk.count }, (_, i) => records.subarray(i * chunk.size, (i + 1) * chunk.size));
    try {
      await writeChunk(await folder.prepare(chunk.digest), chunk.digest, rows);
      await folder.wrote(records.byteLength);
    } catch (error) {
      this.giveUpWriting(error);
    }
  }

  /** The right to compute a chunk; undefined while another has it, or where the folder cannot be written to. */
  private async claim(chunk: Chunk): Promise<ChunkClaim | undefined> {
    if (!this.writable) return undefined;
    try {
      return await ChunkClaim.of(await this.options.folder.prepare(chunk.digest));
    } catch (error) {
      this.giveUpWriting(error);
      return undefined;
    }
  }

  private giveUpWriting(error: unknown): void {
    if (this.writable) this.options.warn(`features cannot be kept and are computed as needed: ${messageOf(error)}`);
    this.writable = false;
  }
}
