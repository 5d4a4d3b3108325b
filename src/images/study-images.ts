// The images of a study as trials see them: decoded once, resized, and augmented by strategy and view.
import { HpoError } from '../study/errors.js';
import { ArrayCache } from '../system/array-cache.js';
import { must } from '../system/must.js';
import { augment } from './augmentation/augment.js';
import { type AugmentationStrategy, augmentationStream, digestOfStrategy } from './augmentation/strategy.js';
import {
  type AnySplit,
  type ImageEntry,
  type ImageIndex,
  type ImageSource,
  entriesOf,
  sourceOf,
} from './indexing/image-index.js';
import { readPixels } from './pixels.js';
import type { Resize } from './resize.js';

/** Which images, augmented how: a split of the data set, a strategy, and one of the strategy's views. */
export interface View {
  readonly split: AnySplit;
  readonly strategy: string;
  /** Of the strategy's views, counted from 0. */
  readonly number: number;
}

/** A split as it is, not augmented. */
export function plainView(split: AnySplit): View {
  return { split, strategy: 'none', number: 0 };
}

interface KnownStrategy extends AugmentationStrategy {
  readonly digest: string;
}

export class StudyImages {
  private readonly decoded: PixelCache;
  private readonly strategies: ReadonlyMap<string, KnownStrategy>;

  constructor(
    private readonly index: ImageIndex,
    private readonly size: number,
    private readonly resize: Resize,
    private readonly seed: number,
    /** By the names that configurations use. */
    strategies: Readonly<Record<string, AugmentationStrategy>>,
    /** Bytes for decoded images, or a cache that others use too. */
    memory: number | PixelCache,
  ) {
    this.decoded = typeof memory === 'number' ? new PixelCache(memory) : memory;
    this.strategies = new Map(
      Object.entries(strategies).map(([name, strategy]) => [name, { ...strategy, digest: digestOfStrategy(strategy) }]),
    );
  }

  count(split: AnySplit): number {
    return entriesOf(this.index, split).length;
  }

  /**
   * One image of a view: RGB, uint8, [side, side, 3].
   * @param into where the pixels go; default a new array.
   */
  async pixels({ split, strategy, number }: View, position: number, into?: Uint8Array): Promise<Uint8Array> {
    const entry = this.entryOf(split, position);
    const pixels = await this.decode(split, entry);
    const chosen = this.strategyOf(strategy);
    if (chosen.operations.length === 0) return copied(pixels, into);
    const random = augmentationStream(this.seed, chosen.digest, entry.digest, number);
    return augment(pixels, this.size, chosen, random, into);
  }

  /** Starts to decode an image that is needed soon, on libuv's threads. Does nothing beyond the last image. */
  readAhead({ split }: View, position: number): void {
    const entry = entriesOf(this.index, split)[position];
    // The reader of the image gets the error.
    if (entry !== undefined) this.decode(split, entry).catch(() => undefined);
  }

  /** Identifies the pixels of one image in one view: equal texts mean equal pixels, in any study. */
  identity({ split, strategy, number }: View, position: number): string {
    const chosen = this.strategyOf(strategy);
    const augmented = chosen.operations.length === 0 ? '' : ` ${this.seed} ${chosen.digest} ${number}`;
    return `${this.entryOf(split, position).digest} ${this.resize}${augmented}`;
  }

  private entryOf(split: AnySplit, position: number): ImageEntry {
    return must(entriesOf(this.index, split)[position], `image ${position} of the ${split} split`);
  }

  private decode(split: AnySplit, entry: ImageEntry): Promise<Uint8Array> {
    const image = { digest: entry.digest, source: sourceOf(this.index, split, entry) };
    return this.decoded.pixels(image, this.size, this.resize);
  }

  private strategyOf(name: string): KnownStrategy {
    const strategy = this.strategies.get(name);
    if (strategy !== undefined) return strategy;
    const names = [...this.strategies.keys()].join(', ');
    throw new HpoError('ERR_STUDY_INVALID', `augmentation: expected one of ${names}, found '${name}'`);
  }
}

/** Decoded pixels belong to all readers and may be in shared memory, which engines do not accept. */
function copied(pixels: Uint8Array, into: Uint8Array = new Uint8Array(pixels.length)): Uint8Array {
  into.set(pixels);
  return into;
}

/** An image, named by its content: a file that is listed twice is cached once. */
interface CachedImage {
  readonly digest: string;
  readonly source: ImageSource;
}

export interface PixelCacheOptions {
  readonly read?: typeof readPixels;
  /** Whether threads of this process share what they decode. */
  readonly shared?: boolean;
}

/** Decoded images in memory, at most `budget` bytes. Concurrent reads of one image decode it once. */
export class PixelCache {
  private readonly cached: ArrayCache<Uint8Array>;
  private readonly running = new Map<string, Promise<Uint8Array>>();
  private readonly read: typeof readPixels;

  constructor(budget: number, { read = readPixels, shared = false }: PixelCacheOptions = {}) {
    this.cached = new ArrayCache(budget, shared ? 'pixels' : undefined);
    this.read = read;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.cached.bytes;
  }

  /** As `readPixels`. Later readers get the same array: do not write to it. */
  async pixels(image: CachedImage, size: number, resize: Resize = 'crop'): Promise<Uint8Array> {
    const key = `${image.digest}/${size}/${resize}`;
    const known = this.cached.get(key) ?? this.running.get(key);
    if (known !== undefined) return known;
    const reading = this.decode(image, size, resize, key);
    this.running.set(key, reading);
    try {
      return await reading;
    } finally {
      this.running.delete(key);
    }
  }

  private async decode({ source }: CachedImage, size: number, resize: Resize, key: string): Promise<Uint8Array> {
    const read = await this.read(source, size, resize);
    const pixels = new Uint8Array(new (this.cached.memoryFor(read.length))(read.length));
    pixels.set(read);
    this.cached.set(key, pixels);
    return pixels;
  }
}
