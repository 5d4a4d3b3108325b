// Chunks of features: found in memory or on disk, or computed by one worker for all.
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../study/errors.js';
import type { FeaturePrecision } from '../study/schema/training-schema.js';
import { ArrayCache } from '../system/array-cache.js';
import { type ChunkAbout, type ChunkLayout, ChunkReader, writeChunk } from './chunk-file.js';
import { FileLock } from '../system/file-lock.js';
import type { FeatureFolder } from './feature-folder.js';
import { OpenChunks } from './open-chunks.js';
import { type StoredNumbers, bytesOf, emptyNumbers } from './precision.js';
import type { Chunk, ChunkMaker, ChunkPath, ChunkStart } from './prefix.js';
import { debugOf } from '../system/debug.js';

const debug = debugOf('features');

/** Milliseconds between two looks at what others are computing. */
export const LOOK_AGAIN = 10;

export interface ChunkMemoryOptions {
  /** Bytes of features to hold in memory. */
  readonly memory: number;
  /** Identifies the frozen network and its input: equal texts mean equal features of equal pixels. */
  readonly network: string;
  /** Whether threads of this process share what they hold of the same network. */
  readonly shared?: boolean;
}

export interface ChunkStoreOptions extends ChunkMemoryOptions {
  readonly maker: ChunkMaker;
  readonly folder: FeatureFolder;
  /** For people who look at a file. */
  readonly about: Pick<ChunkAbout, 'study' | 'network'>;
  readonly warn: (message: string) => void;
}

export class ChunkStore {
  private readonly gate: WriteGate;
  private readonly memory: ChunkMemory;
  private readonly opened = new OpenChunks();
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
  inMemory(chunk: Chunk): StoredNumbers | undefined {
    return this.memory.get(chunk);
  }

  /**
   * Makes sure that a path's target exists: `found`, or `made`. `busy` while another worker computes it or the chunk that it starts from, or
   * where it cannot be written.
   */
  async obtain(path: ChunkPath, intoMemory: boolean): Promise<'found' | 'made' | 'busy'> {
    const { target } = path;
    const exists = async (): Promise<boolean> =>
      this.inMemory(target) !== undefined ||
      (intoMemory ? (await this.load(target)) !== undefined : this.isOnDisk(target));
    if (await exists()) return 'found';
    const claim = await this.claim(target);
    if (claim === undefined) return 'busy';
    debug(
      () => `computes ${target.count} images at cut ${target.cut} from image ${target.first} of ${target.view.split}`,
    );
    try {
      // Another worker may have finished it between the look and the claim.
      if (await exists()) return 'found';
      return (await this.make(path, claim, intoMemory)) === undefined ? 'busy' : 'made';
    } finally {
      claim.release();
    }
  }

  /** The records of a chunk that existed, and may have been evicted since. */
  async records(path: ChunkPath): Promise<StoredNumbers> {
    for (;;) {
      const found = await this.load(path.target);
      if (found !== undefined) return found;
      const claim = await this.claim(path.target);
      try {
        const made = claim === undefined ? undefined : await this.make(path, claim, true);
        if (made !== undefined) return made;
      } finally {
        claim?.release();
      }
      if (!this.writable) return this.compute(path, true);
      await delay(LOOK_AGAIN);
    }
  }

  /** Reads one image's features from disk into an array; false where the file is missing or damaged. */
  async readRecord(chunk: Chunk, position: number, into: Float32Array): Promise<boolean> {
    const path = this.options.folder.path(chunk.digest);
    const isRead = await this.opened.use(path, layoutOf(chunk), (reader) =>
      reader.readInto(position - chunk.first, into).catch(() => false),
    );
    if (isRead !== true) await this.opened.forget(chunk.digest);
    return isRead === true;
  }

  async isOnDisk(chunk: Chunk): Promise<boolean> {
    const path = this.options.folder.path(chunk.digest);
    if ((await this.opened.use(path, layoutOf(chunk), () => Promise.resolve(true))) !== true) return false;
    await this.options.folder.touch(path);
    return true;
  }

  /** Closes what is open. Everything can still be asked for. */
  close(): Promise<void> {
    return this.opened.close();
  }

  /** Undefined where the chunk's file is missing or damaged. */
  private async load(chunk: Chunk, intoMemory = true): Promise<StoredNumbers | undefined> {
    const known = this.memory.get(chunk);
    if (known !== undefined) return known;
    const path = this.options.folder.path(chunk.digest);
    const reader = await ChunkReader.open(path, layoutOf(chunk));
    if (reader === undefined) return undefined;
    const newNumbers = intoMemory ? this.memory.newNumbers : emptyNumbers;
    const records = await reader.readAll(newNumbers).finally(() => reader.close());
    if (records === undefined) {
      if (!this.warnedOfDamage)
        this.options.warn(`a file of cached features is damaged and will be computed again: ${path}`);
      this.warnedOfDamage = true;
      return undefined;
    }
    if (intoMemory) this.memory.set(chunk, records);
    await this.options.folder.touch(path);
    return records;
  }

  /**
   * Computes a claimed chunk, from the nearest chunk below that exists. Where none does, the lowest is claimed as well, so that no two workers
   * take the same images through the expensive part: undefined while another has that claim.
   */
  private async make(path: ChunkPath, claim: FileLock, intoMemory: boolean): Promise<StoredNumbers | undefined> {
    const lowest = path.below.find(({ isCached }) => isCached)?.chunk;
    const start = await this.nearest(path, intoMemory);
    if (start !== undefined || lowest === undefined) return this.compute(path, intoMemory, start, claim);
    const second = await this.claim(lowest);
    if (second === undefined) return this.writable ? undefined : this.compute(path, intoMemory);
    try {
      return await this.compute(path, intoMemory, await this.nearest(path, intoMemory), claim, second);
    } finally {
      second.release();
    }
  }

  /** The highest chunk below the target that exists, with its records. */
  private async nearest({ below }: ChunkPath, intoMemory: boolean): Promise<ChunkStart | undefined> {
    for (const { chunk } of below.toReversed()) {
      const records = await this.load(chunk, intoMemory);
      if (records !== undefined) return { chunk, records };
    }
    return undefined;
  }

  private compute(
    path: ChunkPath,
    intoMemory: boolean,
    start?: ChunkStart,
    ...claims: readonly FileLock[]
  ): Promise<StoredNumbers> {
    const { target } = path;
    return this.options.maker.make(path, start, {
      newNumbers: intoMemory ? this.memory.newNumbers : emptyNumbers,
      afterImage: async () => {
        for (const claim of claims) claim.renew();
      },
      store: (chunk, records) => this.store(chunk, records, intoMemory && chunk === target),
    });
  }

  private async store(chunk: Chunk, records: StoredNumbers, intoMemory: boolean): Promise<void> {
    if (intoMemory) this.memory.set(chunk, records);
    if (!this.writable) return;
    const { folder } = this.options;
    const { digest } = chunk;
    try {
      await writeChunk(await folder.prepare(digest), layoutOf(chunk), this.about(chunk), records);
      await folder.wrote(records.byteLength);
    } catch (error) {
      this.gate.failed(error);
    }
  }

  private about({ cut, view: { split, strategy, number } }: Chunk): ChunkAbout {
    const images = split === 'train' ? `train, ${strategy}, view ${number}` : split;
    return { ...this.options.about, cut: cut === 'pooled' ? cut : `cut ${cut}`, images };
  }

  /** The right to compute a chunk; undefined while another has it, or where the folder cannot be written to. */
  private async claim(chunk: Chunk): Promise<FileLock | undefined> {
    if (!this.writable) return undefined;
    try {
      return claimChunk(await this.options.folder.prepare(chunk.digest));
    } catch (error) {
      this.gate.failed(error);
      return undefined;
    }
  }
}

function layoutOf({ digest, precision, size, count }: Chunk): ChunkLayout {
  return { key: digest, precision, size, records: count };
}

/** Chunks in this thread's memory. Those in shared memory are there for every thread of the process. */
export class ChunkMemory {
  private readonly arrays: ArrayCache<StoredNumbers>;

  constructor({ memory, network, shared = false }: ChunkMemoryOptions) {
    this.arrays = new ArrayCache(memory, shared ? `features ${network}` : undefined);
  }

  get({ digest }: Chunk): StoredNumbers | undefined {
    return this.arrays.get(digest);
  }

  set({ digest }: Chunk, records: StoredNumbers): void {
    this.arrays.set(digest, records);
  }

  readonly newNumbers = (precision: FeaturePrecision, length: number): StoredNumbers =>
    emptyNumbers(precision, length, this.arrays.memoryFor(length * bytesOf(precision)));
}

/** Milliseconds after which writing is tried again: a full disk may have room again. */
const TRY_AGAIN = 60_000;

/** Whether features can be written: not for a while after that failed. */
export class WriteGate {
  private failedAt = -Infinity;
  private hasWarned = false;

  /** @param now in milliseconds. */
  constructor(
    private readonly warn: (message: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isOpen(): boolean {
    return this.now() - this.failedAt >= TRY_AGAIN;
  }

  /** Closes it; warns the first time. */
  failed(error: unknown): void {
    this.failedAt = this.now();
    if (!this.hasWarned) this.warn(`features cannot be cached and are computed again each time: ${messageOf(error)}`);
    this.hasWarned = true;
  }
}

/** Milliseconds without a sign of life after which a claim counts as abandoned: a thread may die while its process lives. */
const PATIENCE = 20_000;

/**
 * The right to compute a chunk; undefined while another live thread, of this process or another, has it. Claims save work and nothing
 * more: two writers of one chunk write the same bytes, each by a rename, so a claim that is taken over too early does no harm.
 */
export function claimChunk(file: string): FileLock | undefined {
  return FileLock.tryAcquire(`${file}.claim`, { patience: PATIENCE });
}
