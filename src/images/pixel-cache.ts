// Decoded images kept in memory, for all threads of the process.
import { ArrayCache } from '../system/array-cache.js';
import type { ImageSource } from './indexing/image-index.js';
import { type Resize, readPixels } from './pixels.js';

/** What an image is called in the cache: content, so that a file listed twice is kept once. */
interface CachedImage {
  readonly digest: string;
  readonly source: ImageSource;
}

export interface PixelCacheOptions {
  readonly read?: typeof readPixels;
  /** Whether it shares what it decodes with the caches of other threads of this process. */
  readonly shared?: boolean;
}

/** Reads images through a cache of at most `budget` bytes. Concurrent reads of one image decode it once. */
export class PixelCache {
  private readonly kept: ArrayCache<Uint8Array>;
  private readonly underWay = new Map<string, Promise<Uint8Array>>();
  private readonly read: typeof readPixels;

  constructor(budget: number, { read = readPixels, shared = false }: PixelCacheOptions = {}) {
    this.kept = new ArrayCache(budget, shared ? 'pixels' : undefined);
    this.read = read;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.kept.bytes;
  }

  /** As `readPixels`. The array is shared with later readers: it must not be written to. */
  async pixels(image: CachedImage, size: number, resize: Resize = 'crop'): Promise<Uint8Array> {
    const key = `${image.digest}/${size}/${resize}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const begun = this.underWay.get(key);
    if (begun !== undefined) return begun;
    const reading = this.decode(image, size, resize, key);
    this.underWay.set(key, reading);
    try {
      return await reading;
    } finally {
      this.underWay.delete(key);
    }
  }

  private async decode({ source }: CachedImage, size: number, resize: Resize, key: string): Promise<Uint8Array> {
    const read = await this.read(source, size, resize);
    const pixels = new Uint8Array(new (this.kept.memoryFor(read.length))(read.length));
    pixels.set(read);
    this.kept.set(key, pixels);
    return pixels;
  }
}
