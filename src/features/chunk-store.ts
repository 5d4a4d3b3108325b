// Chunks of features: found in memory or on disk, or computed, by one worker for all.
import { setTimeout as delay } from 'node:timers/promises';
import type { Chunk } from './chunk.js';
import { ChunkClaim } from './chunk-claim.js';
import { type ChunkAbout, ChunkReader, writeChunk } from './chunk-file.js';
import { type ChunkMaker, type ChunkStart, type ChunkWay, onTheWay } from './chunk-maker.js';
import { ChunkMemory, type ChunkMemoryOptions } from './chunk-memory.js';
import type { FeatureFolder } from './feature-folder.js';
import { type KeptNumbers, emptyNumbers } from './precision.js';
import { WriteGate } from './write-gate.js';

/** Milliseconds between two looks at what others are computing. */
export const LOOK_AGAIN = 10;

export interface ChunkStoreOptions extends ChunkMemoryOptions {
  readonly maker: ChunkMaker;
  readonly folder: FeatureFolder;
  /** What to write in files, for people. */
  readonly about: Pick<ChunkAbout, 'study' | 'network'>;
  readonly warn: (message: string) => void;
}

export class ChunkStore {
  private readonly gate: WriteGate;
  private readonly memory: ChunkMemory;
  private warnedOfDamage = false;

  constructor(private readonly options: ChunkStoreOptions) {
    this.memory = new ChunkMemory(options);
    this.gate = new WriteGate(options.warn);
  }

  /** False for a while after writing failed, as it does on a full disk. */
  get writable(): boolean {
    return this.gate.isOpen;
  }

  /** The chunk's records, one after the other, if memory holds them. */
  cached(chunk: Chunk): KeptNumbers | undefined {
    return this.memory.get(chunk);
  }

  /**
   * Sees to it that the chunk that a way leads to is there: `found`, or `made`; `busy` while another is computing it or what it goes on
   * from, or where it cannot be kept.
   */
  async obtain(way: ChunkWay, intoMemory: boolean): Promise<'found' | 'made' | 'busy'> {
    const { target } = way;
    const isThere = async (): Promise<boolean> =>
      this.cached(target) !== undefined || (intoMemory ? (await this.load(target)) !== undefined : this.isKept(target));
    if (await isThere()) return 'found';
    const claim = await this.claim(target);
    if (claim === undefined) return 'busy';
    try {
      // It may have been finished between the look and the claim.
      if (await isThere()) return 'found';
      return (await this.make(way, claim, intoMemory)) === undefined ? 'busy' : 'made';
    } finally {
      await claim.release();
    }
  }

  /** The records of a chunk that was there, and may have been evicted since. */
  async records(way: ChunkWay): Promise<KeptNumbers> {
    for (;;) {
      const found = await this.load(way.target);
      if (found !== undefined) return found;
      const claim = await this.claim(way.target);
      const made = claim === undefined ? undefined : await this.makeUnder(claim, way);
      if (made !== undefined) return made;
      if (!this.writable) return this.compute(way, true);
      await delay(LOOK_AGAIN);
    }
  }

  private async makeUnder(claim: ChunkClaim, way: ChunkWay): Promise<KeptNumbers | undefined> {
    try {
      return await this.make(way, claim, true);
    } finally {
      await claim.release();
    }
  }

  /** Reads one image's features from disk; undefined where they are not there, or not whole. */
  async readRecord(chunk: Chunk, position: number): Promise<KeptNumbers | undefined> {
    const reader = await this.open(chunk);
    try {
      return await reader?.read(position - chunk.first);
    } finally {
      await reader?.close();
    }
  }

  async isKept(chunk: Chunk): Promise<boolean> {
    const reader = await this.open(chunk);
    await reader?.close();
    return reader !== undefined;
  }

  private open({ digest, size, count, precision }: Chunk): Promise<ChunkReader | undefined> {
    return ChunkReader.open(this.options.folder.path(digest), { key: digest, precision, size, records: count });
  }

  /** Undefined where the chunk is not there whole. */
  private async load(chunk: Chunk, intoMemory = true): Promise<KeptNumbers | undefined> {
    const known = this.memory.get(chunk);
    if (known !== undefined) return known;
    const reader = await this.open(chunk);
    if (reader === undefined) return undefined;
    const path = this.options.folder.path(chunk.digest);
    const records = await reader.readAll(intoMemory ? this.memory.room : emptyNumbers).finally(() => reader.close());
    if (records === undefined) {
      if (!this.warnedOfDamage) this.options.warn(`a file of kept features is damaged and is made again: ${path}`);
      this.warnedOfDamage = true;
      return undefined;
    }
    if (intoMemory) this.memory.set(chunk, records);
    await this.options.folder.touch(path);
    return records;
  }

  /**
   * Computes a chunk that is claimed, from the nearest one on its way that is there. Where none is, the lowest is claimed as well, so that
   * no two workers take the same images through the costly part: undefined while another has that.
   */
  private async make(way: ChunkWay, claim: ChunkClaim, intoMemory: boolean): Promise<KeptNumbers | undefined> {
    const lowest = way.passed.find(({ isKept }) => isKept)?.chunk;
    const start = await this.nearest(way, intoMemory);
    if (start !== undefined || lowest === undefined) return this.compute(way, intoMemory, start, claim);
    const second = await this.claim(lowest);
    if (second === undefined) return this.writable ? undefined : this.compute(way, intoMemory);
    try {
      return await this.compute(way, intoMemory, await this.nearest(way, intoMemory), claim, second);
    } finally {
      await second.release();
    }
  }

  /** The chunk nearest below the target that is there, with its records. */
  private async nearest({ passed }: ChunkWay, intoMemory: boolean): Promise<ChunkStart | undefined> {
    for (const { chunk } of passed.toReversed()) {
      const records = await this.load(chunk, intoMemory);
      if (records !== undefined) return { chunk, records };
    }
    return undefined;
  }

  private async compute(
    way: ChunkWay,
    intoMemory: boolean,
    start?: ChunkStart,
    ...claims: readonly ChunkClaim[]
  ): Promise<KeptNumbers> {
    const { maker } = this.options;
    const made = await maker.make(way, start, {
      room: intoMemory ? this.memory.room : emptyNumbers,
      alive: async () => {
        for (const claim of claims) await claim.renew();
      },
    });
    for (const { chunk, records, isTarget } of onTheWay(way, made))
      await this.keep(chunk, records, isTarget && intoMemory);
    maker.takeBack(made);
    return made.target;
  }

  private async keep(chunk: Chunk, records: KeptNumbers, intoMemory: boolean): Promise<void> {
    if (intoMemory) this.memory.set(chunk, records);
    if (!this.writable) return;
    const { folder } = this.options;
    const { digest, precision, size, count } = chunk;
    try {
      const layout = { key: digest, precision, size, records: count };
      await writeChunk(await folder.prepare(digest), layout, this.about(chunk), records);
      await folder.wrote(records.byteLength);
    } catch (error) {
      this.gate.failed(error);
    }
  }

  private about({ cut, guise }: Chunk): ChunkAbout {
    const { split, strategy, view } = guise;
    const images = split === 'train' ? `train, ${strategy}, view ${view}` : split;
    return { ...this.options.about, cut: cut === 'pooled' ? cut : `cut ${cut}`, images };
  }

  /** The right to compute a chunk; undefined while another has it, or where the folder cannot be written to. */
  private async claim(chunk: Chunk): Promise<ChunkClaim | undefined> {
    if (!this.writable) return undefined;
    try {
      return await ChunkClaim.of(await this.options.folder.prepare(chunk.digest));
    } catch (error) {
      this.gate.failed(error);
      return undefined;
    }
  }
}
